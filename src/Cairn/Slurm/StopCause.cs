namespace Cairn.Slurm;

/// <summary>Why the run was stopped, as far as it can be told.</summary>
internal enum StopCause
{
    /// <summary>The warning before the limit, or one that somebody sent.</summary>
    Warning,

    /// <summary>The job's own deadline came near; no signal was needed.</summary>
    Deadline,

    /// <summary>The limit has passed.</summary>
    TimeLimit,

    /// <summary>A preemption, after which the job waits in the queue again.</summary>
    Preempted,

    /// <summary>A preemption in a partition that cancels what it preempts.</summary>
    PreemptedForGood,

    /// <summary>Requeued by somebody else already: a failed node, an operator, another rank.</summary>
    Requeued,

    /// <summary>Cancelled, or ended in another way that is not to be undone.</summary>
    Cancelled,

    /// <summary>A person pressed Ctrl-C.</summary>
    Interrupted,

    /// <summary>TERM without Slurm.</summary>
    Terminated,

    /// <summary>The stop file.</summary>
    StopFile,

    /// <summary>The program asked for it.</summary>
    Requested,

    /// <summary>A rank is gone, and Slurm says that the job runs.</summary>
    RankLost,

    /// <summary>Slurm does not say: not at all, or only before the newest signal.</summary>
    Unknown,
}
