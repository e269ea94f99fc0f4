namespace Cairn.Attempts;

/// <summary>How a program that <c>cairn run</c> keeps ended.</summary>
internal enum EndKind
{
    /// <summary>The work is done.</summary>
    Finished,

    /// <summary>Warned, it stopped by itself.</summary>
    Stopped,

    /// <summary>It asked for a requeue, by exit code 75.</summary>
    AskedForRequeue,

    /// <summary>The limit ended it.</summary>
    Killed,

    /// <summary>A preemption ended it, or made it stop.</summary>
    Preempted,

    /// <summary>It failed.</summary>
    Crashed,

    /// <summary>It hung, and was ended for that.</summary>
    Hung,

    /// <summary>It asked never to be requeued, by exit code 78, 130 or 143.</summary>
    Refused,

    /// <summary>Somebody put the job back in the queue.</summary>
    Requeued,

    /// <summary>Somebody cancelled the job.</summary>
    Cancelled,

    /// <summary>Ctrl-C.</summary>
    Interrupted,

    /// <summary>The stop file, or <c>cairn stop</c>.</summary>
    StopFile,
}

/// <summary>What follows its end.</summary>
internal enum EndAction
{
    /// <summary>Nothing more; the exit code says it.</summary>
    Leave,

    /// <summary>Put the job back in the queue.</summary>
    Requeue,
}
