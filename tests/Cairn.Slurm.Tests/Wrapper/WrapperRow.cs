namespace Cairn.Slurm.Tests.Wrapper;

/// <summary>What stops the job.</summary>
public enum Cause
{
    /// <summary>Nothing but the program itself, its limit, or the warning that sbatch was asked for.</summary>
    None,

    /// <summary>The warning, to the batch shell (<c>--signal=B:</c>).</summary>
    WarningToShell,

    /// <summary>The warning, to the tasks.</summary>
    WarningToTasks,

    /// <summary>The warning, when the program has said by its done file that its work is done.</summary>
    WarningWhenDone,

    /// <summary>A job of higher priority.</summary>
    Preemption,

    /// <summary><c>scancel</c>.</summary>
    Cancel,

    /// <summary><c>scancel</c>, in the middle of the save that a warning began.</summary>
    CancelInSave,

    /// <summary><c>scontrol requeue</c>, by somebody else.</summary>
    Requeue,

    /// <summary>The same, when the job is over.</summary>
    RequeueAtTheEnd,

    /// <summary>Its node is set down.</summary>
    NodeDown,

    /// <summary>The stop file.</summary>
    StopFile,
}

/// <summary>A row of the table: a program in a form, and what stops it.</summary>
/// <param name="Name">The row's name.</param>
/// <param name="Script">The batch script's last lines: CAIRN is the program, TRAIN and HELPER the training programs before their arguments.</param>
/// <param name="Cause">What stops it once it has begun.</param>
/// <param name="State">Slurm's last word.</param>
/// <param name="Restarts">How often the job was requeued.</param>
/// <param name="Says">What the log holds besides.</param>
public sealed record WrapperRow(string Name, string Script, Cause Cause, string State, int Restarts, params string[] Says)
{
    /// <summary>The limit.</summary>
    public int Minutes { get; init; } = 5;

    /// <summary>More options of sbatch.</summary>
    public string[] Options { get; init; } = [];

    /// <summary>Its limit, or the warning before it, ends an attempt, so that a busy machine may need more of them.</summary>
    public bool EndsByLimit { get; init; }

    /// <summary>How many tasks train, each on a node of its own.</summary>
    public int Tasks { get; init; } = 1;

    /// <summary>How often a task may begin at step 0.</summary>
    public int FromZero { get; init; } = 1;

    /// <summary>The partition of a job that is to be preempted (eng/slurm/start.sh): by default one with 20 s of grace.</summary>
    public string Preemptible { get; init; } = "low";

    /// <summary>The job's exit code in Slurm's books; null for whatever it is.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The cluster.</summary>
    public Setup Setup { get; init; }

    /// <summary>Whether the program wants the system's PyTorch.</summary>
    public bool NeedsTorch { get; init; }

    /// <summary>Slurm's last word and the number of requeues in a release; the row has those of 22.</summary>
    public (string State, int Restarts) EndsIn(string release) =>
        IsStartedOnceMore(release) ? (State, Restarts + 1)
        : release != "22" && Cause == Cause.Preemption && Preemptible == "cancel" ? ("PREEMPTED", Restarts)
        : (State, Restarts);

    /// <summary>Whether Slurm starts the job once more at its end, as 24 does with what was ever preempted within a grace: then nothing may be run again.</summary>
    public bool IsStartedOnceMore(string release) => release != "22" && Cause == Cause.Preemption && Preemptible == "low";

    public override string ToString() => Name;
}
