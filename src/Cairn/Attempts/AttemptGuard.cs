namespace Cairn.Attempts;

/// <summary>May the job be started once more? A pure decision over the attempts so far: a job that gets nowhere must not come back for ever.</summary>
internal static class AttemptGuard
{
    /// <summary>So many attempts in a row may end without a new checkpoint.</summary>
    public const int MostWithoutCheckpoint = 3;

    // What the decisions of docs/architecture.md write into a journal when time ran out.
    private static readonly string[] OutOfTime = ["Warning", "Deadline", "TimeLimit", "Unknown"];

    /// <summary>Why not, in words that go after "because"; null when it may.</summary>
    /// <param name="attempts">All attempts, oldest first; the last one is this. Empty when they are not known: then it may.</param>
    /// <param name="cause">Why this attempt is stopped, as it will stand in its journal.</param>
    /// <param name="most">So many attempts are allowed in all; null for any number.</param>
    public static string? WhyNotAgain(IReadOnlyList<AttemptStory> attempts, string cause, int? most)
    {
        if (attempts.Count == 0)
            return null;
        var number = attempts[^1].Number;
        if (number >= most)
            return $"this was attempt {number} and the options allow {most}";

        var fruitless = new List<int>();
        for (var i = attempts.Count - 1; i >= 0; i--)
        {
            var attempt = attempts[i];
            if (attempt.Finished is not null || HasNewCheckpoint(attempt))
                break;
            var counts = i == attempts.Count - 1 ? OutOfTime.Contains(cause) : IsItsOwnFault(attempt, attempts[i + 1]);
            if (counts)
                fruitless.Add(attempt.Number);
        }

        if (fruitless.Count < MostWithoutCheckpoint || !OutOfTime.Contains(cause))
            return null;
        fruitless.Reverse();
        return $"attempts {string.Join(", ", fruitless.SkipLast(1))} and {fruitless[^1]} ended by limit, crash or hang without a new checkpoint: " +
            "give the job more time or a longer warning, save more often, or see what fails, and submit it again";
    }

    private static bool HasNewCheckpoint(AttemptStory attempt) =>
        attempt.Events.OfType<Saved>().LastOrDefault() is { } saved && saved.Step > (attempt.Events.OfType<Resumed>().LastOrDefault()?.Step ?? 0);

    private static bool IsItsOwnFault(AttemptStory attempt, AttemptStory next)
    {
        if (attempt.Events.OfType<Stopped>().LastOrDefault() is { } stopped)
            return OutOfTime.Contains(stopped.Cause);
        if (attempt.Events.OfType<AttemptEnded>().LastOrDefault() is { } ended)
            return ended.Outcome is not ("superseded" or "finished");

        // It died without a word. When the same job came back, Slurm brought it back: a preemption, a failed node, an operator.
        return !(attempt.Claim is { Job: not null } claim && claim.Job == next.Claim?.Job && claim.Restarts < next.Claim.Restarts);
    }
}
