namespace Cairn.Runs;

/// <summary>Where a run stands, and so what the program's own thread is at.</summary>
internal enum RunPhase
{
    /// <summary>Opened; the program makes ready what it will track.</summary>
    Preparing,

    /// <summary>A checkpoint is read.</summary>
    Restoring,

    /// <summary>Restored; no step has begun.</summary>
    Ready,

    /// <summary>In the body of a step of <see cref="TrainingRun.Steps"/>, which counts it.</summary>
    InStep,

    /// <summary>Between two boundaries of a loop of the program's own.</summary>
    OwnLoop,

    /// <summary>At a boundary, or at the end: a save is taken or waited for, which minds the job's end by itself.</summary>
    Saving,

    /// <summary>The last step is done; in what the program does before <c>Finish</c>, or in the last work.</summary>
    AllDone,

    /// <summary>Ended at a step boundary because something wanted it to stop.</summary>
    Stopped,

    /// <summary>The loop was left in the middle of a step, or the run was given up.</summary>
    Left,

    /// <summary>An earlier attempt came to the end.</summary>
    FinishedBefore,

    /// <summary>The same, but its state could not be loaded: nothing can be trained on from it.</summary>
    FinishedWithoutState,
}
