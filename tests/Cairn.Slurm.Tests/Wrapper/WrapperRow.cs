namespace Cairn.Slurm.Tests.Wrapper;

/// <summary>What stops the job.</summary>
public enum Cause
{
    /// <summary>Nothing but the program itself, or its limit.</summary>
    None,

    /// <summary>The warning, to the batch shell (<c>--signal=B:</c>).</summary>
    WarningToShell,

    /// <summary>The warning, to the tasks.</summary>
    WarningToTasks,

    /// <summary>A job of higher priority; 20 s of grace.</summary>
    Preemption,

    /// <summary><c>scancel</c>.</summary>
    Cancel,

    /// <summary><c>scontrol requeue</c>, by somebody else.</summary>
    Requeue,
}

/// <summary>A row of the table: a program in a form, and what stops it.</summary>
/// <param name="Name">The row's name.</param>
/// <param name="Script">The batch script's last lines: CAIRN is the program, TRAIN the training program before its arguments.</param>
/// <param name="Cause">What stops it once it has begun.</param>
/// <param name="State">Slurm's last word.</param>
/// <param name="Restarts">How often the job was requeued.</param>
/// <param name="Says">What the log holds besides.</param>
public sealed record WrapperRow(string Name, string Script, Cause Cause, string State, int Restarts, params string[] Says)
{
    /// <summary>Options of sbatch.</summary>
    public string[] Options { get; init; } = ["--time=5"];

    /// <summary>Its limit ends an attempt, so that a busy machine may need more of them.</summary>
    public bool EndsByLimit { get; init; }

    /// <summary>How many tasks train.</summary>
    public int Tasks { get; init; } = 1;

    /// <summary>How often a task may begin at step 0.</summary>
    public int FromZero { get; init; } = 1;

    public override string ToString() => Name;
}
