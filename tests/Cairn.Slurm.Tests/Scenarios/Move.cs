namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>What happens to a job from outside.</summary>
internal enum Act
{
    /// <summary>A job of a higher partition wants the node.</summary>
    Preempt,

    /// <summary><c>scancel JOB</c>.</summary>
    Cancel,

    /// <summary><c>scancel JOB.0</c>.</summary>
    CancelStep,

    /// <summary><c>scancel --signal=USR2 JOB</c>.</summary>
    Warn,

    /// <summary>An operator's <c>scontrol requeue</c>.</summary>
    Requeue,

    /// <summary>The node is set down.</summary>
    FailNode,

    /// <summary>The node's slurmd hangs, and then the node is set down: the job's processes live on.</summary>
    FreezeNode,

    /// <summary>An operator's <c>scontrol suspend</c>.</summary>
    Suspend,

    /// <summary>An operator's <c>scontrol resume</c>.</summary>
    Resume,

    /// <summary>An operator moves the limit far away.</summary>
    Extend,

    /// <summary>An operator brings the limit forward.</summary>
    Shorten,

    /// <summary>The program's step goes on (see ScenarioTrainer's Hold).</summary>
    LetGo,

    /// <summary>The same script is submitted again.</summary>
    Resubmit,

    /// <summary>Nothing: the test only waits.</summary>
    Wait,
}

/// <summary>What the test does, and when.</summary>
/// <param name="Act">What.</param>
/// <param name="When">The log's text to wait for; null: at once after the move before.</param>
/// <param name="Times">How often the text must be there.</param>
internal sealed record Move(Act Act, string? When = null, int Times = 1)
{
    /// <summary>Not before the job ended for good.</summary>
    public bool AtTheEnd { get; init; }

    /// <summary>Not before this share has passed of the limit with which the job was submitted, counted from its start.</summary>
    public double ShareOfLimit { get; init; }
}
