using Cairn.Cli.LocalScheduler.Jobs;

namespace Cairn.Cli.LocalScheduler.Protocol;

/// <summary>What a command inside the job asks; one JSON object on one line.</summary>
/// <param name="Command">scontrol, squeue, scancel, or one of the step commands of srun.</param>
/// <param name="Arguments">The command's arguments as they were given.</param>
internal sealed record Request(string Command, IReadOnlyList<string> Arguments)
{
    /// <summary>srun asks for a step; the arguments are --nodes, --ntasks, --ntasks-per-node and --nodelist, empty where not said, and the options that it does not imitate.</summary>
    public const string StepBegin = "step-begin";

    /// <summary>srun says which processes the tasks are. Their step ends when the connection does.</summary>
    public const string StepStarted = "step-started";

    /// <summary>SLURM_TIME_FORMAT of the one who asks.</summary>
    public string? TimeFormat { get; init; }

    /// <summary>SQUEUE_FORMAT of the one who asks.</summary>
    public string? QueueFormat { get; init; }

    /// <summary>The name of the program of <see cref="StepBegin"/>.</summary>
    public string? Program { get; init; }

    /// <summary>The processes of <see cref="StepStarted"/>.</summary>
    public IReadOnlyList<int>? Processes { get; init; }
}

/// <summary>The scheduler's answer, which the command prints and exits with.</summary>
internal sealed record Reply(int ExitCode, string Output = "", string Error = "")
{
    /// <summary>The step that srun may begin.</summary>
    public StepPermit? Step { get; init; }

    public static Reply Failed(string error) => new(1, "", error + "\n");
}

/// <summary>What srun has to know of its step.</summary>
/// <param name="Step">Its number.</param>
/// <param name="Layout">Its tasks, and on which nodes they are.</param>
/// <param name="KillWait">Between the TERM and the KILL of a step that is ended.</param>
internal sealed record StepPermit(int Step, TaskLayout Layout, TimeSpan KillWait);
