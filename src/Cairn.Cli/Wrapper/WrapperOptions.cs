namespace Cairn.Cli.Wrapper;

/// <summary>What <c>cairn run</c> was asked for.</summary>
/// <param name="Command">The program and its arguments.</param>
internal sealed record WrapperOptions(IReadOnlyList<string> Command)
{
    /// <summary>A thin wrapper around one task: it never asks Slurm and never requeues.</summary>
    public bool IsTask { get; init; }

    /// <summary>The signal that comes as the warning.</summary>
    public required int Warning { get; init; }

    /// <summary>The signal that warns the program.</summary>
    public required int WarnWith { get; init; }

    /// <summary>How long before the end the program is warned, if nobody else does; null for what <see cref="Decisions.Moments.Lead"/> says.</summary>
    public TimeSpan? Lead { get; init; }

    /// <summary>The folder whose changes are progress; a full path.</summary>
    public string? CheckpointFolder { get; init; }

    /// <summary>What in it is progress; null for all but what is temporary or a log.</summary>
    public string? ProgressPattern { get; init; }

    /// <summary>So often the job is started at most.</summary>
    public int MaxAttempts { get; init; } = 200;

    /// <summary>Its existence means that the work is done; a full path.</summary>
    public string? DoneFile { get; init; }

    /// <summary>Its existence stops the program for good; a full path.</summary>
    public string? StopFile { get; init; }

    /// <summary>So long without a change in the checkpoint folder is a hang.</summary>
    public TimeSpan? HangTimeout { get; init; }

    /// <summary>So many crashes in a row without progress are requeued.</summary>
    public int RequeueCrashes { get; init; }

    /// <summary>A command that is told how the job ends, and its arguments; empty where none is.</summary>
    public IReadOnlyList<string> Notify { get; init; } = [];

    /// <summary>Leave the requeue to a person.</summary>
    public bool NeverRequeues { get; init; }

    /// <summary>Requeue although the partition cancels what it preempts.</summary>
    public bool EvenIfPreemptionCancels { get; init; }
}
