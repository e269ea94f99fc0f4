namespace Cairn.Runs;

/// <summary>Where a run stands.</summary>
internal enum RunPhase
{
    /// <summary>Opened; nothing is restored yet.</summary>
    Open,

    /// <summary>Between its first step and its end.</summary>
    Running,

    /// <summary>All planned steps are done.</summary>
    AllDone,

    /// <summary>The program said that it is complete before all planned steps were done.</summary>
    Complete,

    /// <summary>Ended at a step boundary because something wanted it to stop.</summary>
    Stopped,

    /// <summary>The loop was left in the middle of a step.</summary>
    Left,

    /// <summary>An earlier attempt came to the end.</summary>
    AlreadyFinished,
}
