namespace Cairn;

/// <summary>How a run ended, with the exit code that says so to whoever started the program.</summary>
/// <param name="Kind">How.</param>
/// <param name="ExitCode">The program's exit code (see <see cref="ExitCodes"/>).</param>
public sealed record RunOutcome(RunOutcomeKind Kind, int ExitCode)
{
    /// <summary>Whether the run is at its end for good, now or before. In a sweep of runs: whether the next one's turn has come.</summary>
    public bool IsFinished => Kind is RunOutcomeKind.Finished or RunOutcomeKind.FinishedBefore;

    /// <summary>The exit code, for <c>return run.Finish();</c>.</summary>
    /// <param name="outcome">The outcome.</param>
    public static implicit operator int(RunOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        return outcome.ExitCode;
    }

    /// <summary>The exit code.</summary>
    public int ToInt32() => ExitCode;
}
