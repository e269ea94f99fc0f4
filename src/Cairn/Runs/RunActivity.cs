namespace Cairn.Runs;

/// <summary>What the program's own thread is at, for the watchdog.</summary>
internal enum RunActivity
{
    /// <summary>Opened; the program makes ready what it will track.</summary>
    Preparing,

    /// <summary>A checkpoint is read.</summary>
    Restoring,

    /// <summary>In a step, or between two of a loop of one's own.</summary>
    Stepping,

    /// <summary>At a boundary, or at the end: a save is taken or waited for, which minds the job's end by itself.</summary>
    Saving,

    /// <summary>After the last step: in what the program does before <c>Finish</c>, or in the last work.</summary>
    LastWork,
}
