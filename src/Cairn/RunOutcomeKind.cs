namespace Cairn;

/// <summary>How a run ended.</summary>
public enum RunOutcomeKind
{
    /// <summary>All steps are done, the last state is on the disk, and the last work is done: another start does nothing.</summary>
    Finished,

    /// <summary>An earlier attempt had finished it; nothing was done.</summary>
    FinishedBefore,

    /// <summary>Stopped, and it comes back by itself: the job is in the queue again, or the wrapper is asked to see to that.</summary>
    Requeued,

    /// <summary>Stopped, and nobody starts it again: cancelled, asked for by a person or the program, without Slurm, or Slurm refused. The exit code tells which.</summary>
    StoppedForGood,

    /// <summary>The loop was left before its end, or there was none: the program's own doing. The next start goes on from the newest checkpoint.</summary>
    Left,

    /// <summary>All steps are done, but the last state could not be saved; the next start goes on from the newest checkpoint.</summary>
    Unsaved,

    /// <summary>A later attempt has taken the folder over, and goes on.</summary>
    Superseded,
}
