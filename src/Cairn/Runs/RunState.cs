namespace Cairn.Runs;

/// <summary>Where a run stands. The program's thread moves it, and any thread may ask.</summary>
internal sealed class RunState
{
    private volatile RunPhase phase;
    private volatile bool isAtLastBoundary;

    /// <summary>What the program's thread is at.</summary>
    public RunPhase Phase
    {
        get => phase;
        set => phase = value;
    }

    /// <summary>Whether all ranks have come to the boundary that is their last: nobody waits for another one in a step any more.</summary>
    public bool IsAtLastBoundary
    {
        get => isAtLastBoundary;
        set => isAtLastBoundary = value;
    }

    /// <summary>Completed steps, of all attempts together.</summary>
    public long StepsDone { get; set; }

    /// <summary>How the run ended; null before that.</summary>
    public RunOutcome? Outcome { get; set; }

    /// <summary>Whether a step is in progress, or may begin.</summary>
    public bool IsStepping => phase is RunPhase.Ready or RunPhase.InStep or RunPhase.OwnLoop;

    /// <summary>Whether an earlier attempt came to the end.</summary>
    public bool IsFinishedBefore => phase is RunPhase.FinishedBefore or RunPhase.FinishedWithoutState;

    /// <summary>The phase as a journal tells it, where attempts after this one look for the steps that were cut off.</summary>
    public string InJournal => IsStepping ? "Stepping" : IsFinishedBefore ? nameof(RunPhase.FinishedBefore) : phase.ToString();
}
