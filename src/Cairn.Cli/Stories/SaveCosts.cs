namespace Cairn.Cli.Stories;

/// <summary>The saves of a run, and what they cost.</summary>
/// <param name="Count">How many became durable.</param>
/// <param name="Failed">How many failed.</param>
/// <param name="Skipped">How many were left out, for another one was still being written.</param>
/// <param name="Bytes">Written by all of them.</param>
/// <param name="StallSeconds">How long the loop waited for all of them.</param>
/// <param name="LongestStallSeconds">For one of them at most.</param>
/// <param name="DurableSeconds">Until they were durable, all of them.</param>
internal sealed record SaveCosts(int Count, int Failed, long Skipped, double Bytes, double StallSeconds, double LongestStallSeconds, double DurableSeconds)
{
    public static SaveCosts Of(IReadOnlyList<StoryAttempt> attempts)
    {
        var costs = new SaveCosts(0, 0, 0, 0, 0, 0, 0);
        foreach (var attempt in attempts)
        {
            costs = costs with { Failed = costs.Failed + attempt.FailedSaves.Count, Skipped = costs.Skipped + attempt.SkippedSaves };
            foreach (var save in attempt.Saves)
            {
                costs = costs with
                {
                    Count = costs.Count + 1,
                    Bytes = costs.Bytes + save.Bytes,
                    StallSeconds = costs.StallSeconds + save.StallSeconds,
                    LongestStallSeconds = Math.Max(costs.LongestStallSeconds, save.StallSeconds),
                    DurableSeconds = costs.DurableSeconds + save.DurableSeconds,
                };
            }
        }

        return costs;
    }
}
