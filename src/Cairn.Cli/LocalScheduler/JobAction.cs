namespace Cairn.Cli.LocalScheduler;

/// <summary>Who hears a signal: only processes that Slurm itself started.</summary>
[Flags]
internal enum Hearers
{
    BatchShell = 1,
    Tasks = 2,
    Everyone = BatchShell | Tasks,
}

/// <summary>Something that is to be done about the job.</summary>
internal abstract record JobAction
{
    public sealed record StartAttempt(int Number) : JobAction;

    public sealed record Send(int Signal, Hearers To) : JobAction;

    /// <summary>KILL the batch shell's descendants, but leave the tasks of <c>srun</c>.</summary>
    public sealed record KillBatchDescendants : JobAction;

    /// <summary>KILL everything, whoever's child it is by now.</summary>
    public sealed record KillAll : JobAction;

    /// <summary>What to tell the one who asked: empty and 0 when it was done.</summary>
    public sealed record Answer(int ExitCode, string Error) : JobAction;

    /// <summary>A line for the person who watches.</summary>
    public sealed record Tell(string Text) : JobAction;

    /// <summary>The job is over.</summary>
    public sealed record Finish(int ExitCode) : JobAction;
}
