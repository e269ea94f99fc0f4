namespace Cairn.Attempts;

/// <summary>May the job be started once more? A pure decision over the attempts so far: a job that gets nowhere must not come back for ever.</summary>
internal static class AttemptGuard
{
    /// <summary>So many attempts in a row may end without a new checkpoint.</summary>
    public const int MostWithoutCheckpoint = 3;

    // What the decisions of docs/architecture.md write into a journal when time ran out.
    private static readonly string[] OutOfTime = ["Warning", "Deadline", "TimeLimit", "Unknown", "RankLost"];

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

        var fruitless = new List<long>();
        var now = attempts[^1];
        if (now.Finished is null && !HasNewCheckpoint(now))
        {
            fruitless.AddRange(now.Remembered?.Fruitless ?? Fruitless([.. attempts.SkipLast(1)], now.Claim));
            if (OutOfTime.Contains(cause))
                fruitless.Add(number);
        }

        if (fruitless.Count < MostWithoutCheckpoint || !OutOfTime.Contains(cause))
            return null;
        return $"attempts {string.Join(", ", fruitless.SkipLast(1))} and {fruitless[^1]} ended by limit, crash or hang without a new checkpoint: " +
            "give the job more time or a longer warning, save more often, or see what fails, and submit it again";
    }

    /// <summary>Those of the last attempts in a row without a new checkpoint that count, oldest first.</summary>
    /// <param name="before">The attempts, oldest first. They are asked from the newest on, and no further than to one that remembers those before it.</param>
    /// <param name="next">The claim that comes after them; null when it is not known.</param>
    public static IReadOnlyList<long> Fruitless(IReadOnlyList<AttemptStory> before, AttemptStarted? next)
    {
        var fruitless = new List<long>();
        for (var i = before.Count - 1; i >= 0; i--)
        {
            var attempt = before[i];
            if (attempt.Finished is not null || HasNewCheckpoint(attempt))
                break;
            if (IsItsOwnFault(attempt, next))
                fruitless.Add(attempt.Number);
            if (attempt.Remembered is { } earlier)
            {
                for (var j = earlier.Fruitless.Count - 1; j >= 0; j--)
                    fruitless.Add(earlier.Fruitless[j]);
                break;
            }

            next = attempt.Claim;
        }

        fruitless.Reverse();
        return fruitless;
    }

    private static bool HasNewCheckpoint(AttemptStory attempt) =>
        attempt.Events.OfType<Saved>().LastOrDefault() is { } saved && saved.Step > (attempt.Events.OfType<Resumed>().LastOrDefault()?.Step ?? 0);

    private static bool IsItsOwnFault(AttemptStory attempt, AttemptStarted? next)
    {
        if (attempt.Events.OfType<Stopped>().LastOrDefault() is { } stopped)
            return OutOfTime.Contains(stopped.Cause);
        if (attempt.Events.OfType<AttemptEnded>().LastOrDefault() is { } ended)
            return ended.Outcome is not ("superseded" or "finished" or "rolled-back");

        // It died without a word. When the same job came back, Slurm brought it back: a preemption, a failed node, an operator.
        return !(attempt.Claim is { Job: not null } claim && claim.Job == next?.Job && claim.Restarts < next.Restarts);
    }
}
