using Cairn.Attempts;
using Cairn.Cli.Wrapper.Decisions;

namespace Cairn.Cli.Wrapper.History;

/// <summary>What is remembered of one attempt of one command of a batch script.</summary>
/// <param name="Number">Of the attempt, from 1.</param>
/// <param name="Command">Which command: each counts for itself; null in what older versions wrote.</param>
/// <param name="End">How it ended; null where nobody has written that down.</param>
internal sealed record WrappedAttempt(int Number, string? Command, ProgramEnded? End)
{
    /// <summary>The reason without what was done then.</summary>
    public string ReasonAlone => End!.Reason.IndexOf(EndDecision.Requeueing, StringComparison.Ordinal) is var at and > 0 ? End.Reason[..at] : End.Reason;

    /// <summary>An attempt's journal: what each command of the script came to, in order.</summary>
    public static List<WrappedAttempt> Of(int number, IReadOnlyList<JournalEvent> events)
    {
        var attempts = new List<WrappedAttempt>();
        foreach (var entry in events)
        {
            if (entry is AttemptStarted started)
                attempts.Add(new(number, started.Command, null));
            else if (entry is ProgramEnded ended && attempts.Count == 0)
                attempts.Add(new(number, null, ended)); // its begin was cut off
            else if (entry is ProgramEnded again)
                attempts[^1] = attempts[^1] with { End = again };
        }

        return attempts;
    }

    /// <summary>
    /// Where Slurm has started a job once more although all was decided (24 does so after a preemption): this command's attempt that says so. Null
    /// when there is none, or when something has begun or was requeued since.
    /// </summary>
    public static WrappedAttempt? Decided(IReadOnlyList<WrappedAttempt> attempts, int now, string command)
    {
        if (attempts.Count == 0 || attempts[^1] is not { End.Final: not null } last || last.Number >= now)
            return null;
        return Newest(attempts, one => one.Command == command) is { End.Final: not null } mine && mine.Number == last.Number ? mine : null;
    }

    /// <summary>The newest that is so; null when none is.</summary>
    public static WrappedAttempt? Newest(IReadOnlyList<WrappedAttempt> attempts, Predicate<WrappedAttempt> isSo)
    {
        for (var i = attempts.Count - 1; i >= 0; i--)
        {
            if (isSo(attempts[i]))
                return attempts[i];
        }

        return null;
    }
}
