namespace Cairn.Cli.LocalScheduler;

/// <summary>Something that happened to the job. The clock is one of these: <see cref="ClockMoved"/>.</summary>
internal abstract record JobEvent
{
    /// <summary>Time has passed: look whether something is due.</summary>
    public sealed record ClockMoved : JobEvent;

    /// <summary>The batch shell ended, or every task where there is no shell.</summary>
    /// <param name="ExitCode">Its exit code; 128 and the signal where a signal ended it.</param>
    public sealed record MainExited(int ExitCode) : JobEvent;

    /// <summary>Nothing of the attempt is left.</summary>
    public sealed record AllGone : JobEvent;

    /// <summary><c>scontrol requeue</c>.</summary>
    public sealed record RequeueAsked : JobEvent;

    /// <summary><c>scancel</c>, or Ctrl-C or TERM to <c>cairn local</c> itself.</summary>
    /// <param name="By">Who asked, in words.</param>
    /// <param name="ExitCode">With which code the job is to end.</param>
    public sealed record CancelAsked(string By, int ExitCode) : JobEvent;

    /// <summary>A second Ctrl-C: no more waiting.</summary>
    public sealed record KillAsked : JobEvent;

    /// <summary><c>scancel --signal</c>.</summary>
    public sealed record SignalAsked(int Signal, Hearers To) : JobEvent;

    /// <summary><c>scontrol update Requeue=</c>.</summary>
    public sealed record RequeueSwitched(bool Allowed) : JobEvent;

    /// <summary><c>scontrol update TimeLimit=</c>.</summary>
    public sealed record TimeLimitSet(TimeSpan? Limit) : JobEvent;
}
