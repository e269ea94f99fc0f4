namespace Cairn.Cli.Stories;

/// <summary>How often a run saved, beside how often would have been best.</summary>
/// <param name="Seconds">Between two saves that the schedule made; null where there were no two.</param>
/// <param name="StallSeconds">What such a save took from the training.</param>
/// <param name="Deaths">The ends that cost steps, for nothing could be saved before them.</param>
/// <param name="BetweenDeathsSeconds">How long nodes were held for each of them; null without any.</param>
/// <param name="BestSeconds">
/// Daly's optimum for these two (docs/schedules.md; its first term is Young's √(2δM)); null where nobody can say: no such end, or no save.
/// </param>
internal sealed record SaveInterval(double? Seconds, double StallSeconds, int Deaths, double? BetweenDeathsSeconds, double? BestSeconds)
{
    public static SaveInterval Of(IReadOnlyList<StoryAttempt> attempts)
    {
        var (apart, gaps, stalls, saves, deaths, held) = (0d, 0, 0d, 0, 0, 0d);
        foreach (var attempt in attempts)
        {
            held += attempt.Spent.Held;
            if (attempt.IsCutOff)
                deaths++;
            StorySave? before = null;
            foreach (var save in attempt.Saves)
            {
                if (save.Reason != "schedule")
                    continue;
                stalls += save.StallSeconds;
                saves++;
                if (before is not null)
                {
                    apart += Within.Between(before.Boundary, save.Boundary);
                    gaps++;
                }

                before = save;
            }
        }

        var (stall, between) = (saves == 0 ? 0 : stalls / saves, deaths == 0 || held == 0 ? (double?)null : held / deaths);
        return new(
            gaps == 0 ? null : apart / gaps,
            stall,
            deaths,
            between,
            between is { } known && stall > 0 ? DalyInterval.Of(TimeSpan.FromSeconds(stall), TimeSpan.FromSeconds(known)).TotalSeconds : null);
    }
}
