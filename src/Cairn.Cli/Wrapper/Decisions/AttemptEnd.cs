using Cairn.Attempts;
using Cairn.Cli.Contract;
using Cairn.Cli.Processes;
using Cairn.Slurm;

namespace Cairn.Cli.Wrapper.Decisions;

/// <summary>All that is known when an attempt is over.</summary>
internal sealed record AttemptEnd
{
    /// <summary>How the program ended; null when it still runs and is about to be killed.</summary>
    public ProcessEnd? Program { get; init; }

    /// <summary>The program, or the done file, says that the work is done.</summary>
    public bool Done { get; init; }

    /// <summary>What it has said by a file; null when nothing.</summary>
    public ProgramWord? Word { get; init; }

    /// <summary>Something new is in the checkpoint folder since it was asked to stop.</summary>
    public bool SavedSinceAsked { get; init; }

    /// <summary>It hung, and the wrapper has ended it or asked it to end.</summary>
    public bool Hung { get; init; }

    /// <summary>Everything that asked it to stop, in its order.</summary>
    public IReadOnlyList<Interruption> Received { get; init; } = [];

    /// <summary>The program has heard of it: without that an exit code of 0 is its own.</summary>
    public bool WasWarned { get; init; }

    /// <summary>A task of the job was asked to stop, of which this wrapper heard nothing.</summary>
    public bool TaskWasWarned { get; init; }

    /// <summary>The signal that warned the program.</summary>
    public int WarnedWith { get; init; }

    /// <summary>This attempt of the job; null without Slurm, and around a single task.</summary>
    public SlurmJob? Job { get; init; }

    /// <summary>What Slurm says now; null when it does not.</summary>
    public JobStatus? Status { get; init; }

    public SlurmSite Site { get; init; } = SlurmSite.Default;

    public DateTimeOffset Now { get; init; }

    public EndRules Rules { get; init; } = new();
}

/// <summary>What the user allows, and what the attempts so far forbid.</summary>
internal sealed record EndRules
{
    /// <summary>Another wrapper around this one requeues.</summary>
    public bool WrapperRequeues { get; init; }

    /// <summary>Nobody requeues.</summary>
    public bool NeverRequeues { get; init; }

    /// <summary>The job is one of a chain, whose next one goes on.</summary>
    public bool InChain { get; init; }

    /// <summary>Requeue although the partition cancels what it preempts.</summary>
    public bool EvenIfPreemptionCancels { get; init; }

    /// <summary>Asked when the job would be requeued: why it must not be started once more; null when it may.</summary>
    public Func<EndKind, string?> WhyNotAgain { get; init; } = _ => null;
}
