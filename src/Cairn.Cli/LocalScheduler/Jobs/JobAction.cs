namespace Cairn.Cli.LocalScheduler.Jobs;

/// <summary>Who gets a signal from the scheduler.</summary>
[Flags]
internal enum Audience
{
    BatchShell = 1,
    Tasks = 2,
}

/// <summary>What the scheduler has to do now; the job decides, somebody else acts.</summary>
internal abstract record JobAction
{
    /// <summary>Start the processes of the attempt; attempts count from 1.</summary>
    public sealed record StartAttempt(int Attempt) : JobAction;

    /// <summary>Send these signals, in their order, to every process of the audience that lives.</summary>
    public sealed record Signal(Audience To, IReadOnlyList<int> Signals) : JobAction;

    /// <summary>Stop every process of the attempt where it is, or let all go on.</summary>
    public sealed record Freeze(bool On) : JobAction;

    /// <summary>KILL whatever the batch shell left behind but for tasks and what belongs to them.</summary>
    public sealed record KillBatchLeftovers : JobAction;

    /// <summary>KILL every process of the attempt, and say <see cref="Job.AllGone"/> when none is left.</summary>
    public sealed record KillAll : JobAction;

    /// <summary>Something that a reader of the log wants to know.</summary>
    public sealed record Report(string Text) : JobAction;
}
