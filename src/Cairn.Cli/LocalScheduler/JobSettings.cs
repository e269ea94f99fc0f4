using Cairn.Cli.SlurmNotation;

namespace Cairn.Cli.LocalScheduler;

/// <summary>How the program is started, which on a cgroup cluster decides what it hears.</summary>
internal enum LaunchForm
{
    /// <summary><c>srun program</c>: the program is a task.</summary>
    Srun,

    /// <summary><c>exec program</c>: the program is the batch shell.</summary>
    Exec,

    /// <summary><c>program</c> in the script: a plain child of the batch shell, which hears nothing.</summary>
    Child,

    /// <summary>A child of a task that does not forward signals: it hears nothing either.</summary>
    TaskChild,
}

/// <summary>The Slurm whose behaviour is imitated where releases differ.</summary>
internal enum SlurmRelease
{
    V22 = 22,
    V24 = 24,
}

/// <summary>What the local scheduler was asked to do with the job.</summary>
internal sealed record JobSettings
{
    public string Name { get; init; } = "local";

    public string Partition { get; init; } = "local";

    /// <summary>Wall time of an attempt; null is unlimited.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>The warning before the limit; null is none.</summary>
    public WarningSignal? Warning { get; init; }

    /// <summary>Between TERM and KILL, as Slurm's KillWait.</summary>
    public TimeSpan KillWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>When the first attempt is preempted, from its start; null is never.</summary>
    public TimeSpan? PreemptAfter { get; init; }

    /// <summary>From a preemption's begin to the kill, as Slurm's GraceTime, whose default is none.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.Zero;

    /// <summary>From the end of a requeued attempt to the start of the next (Slurm waits about two minutes).</summary>
    public TimeSpan RequeueDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A safety cap: no attempt after this many, whoever asks.</summary>
    public int MaxAttempts { get; init; } = 100;

    public bool Requeue { get; init; } = true;

    public SlurmRelease Release { get; init; } = SlurmRelease.V24;

    public int Tasks { get; init; } = 1;
}
