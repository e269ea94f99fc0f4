namespace Cairn.Cli.LocalScheduler.Jobs;

/// <summary>Where the program stands among Slurm's processes; on a cgroup cluster that decides which signals it hears.</summary>
internal enum LaunchForm
{
    /// <summary><c>srun PROGRAM</c>: the program is a task. It hears warnings without B:, the begin of a preemption, and the limit.</summary>
    Srun,

    /// <summary><c>exec PROGRAM</c> in the batch script: the program is the batch shell. It hears warnings with B:, and the limit.</summary>
    Exec,

    /// <summary><c>PROGRAM</c> in the batch script: a child of the batch shell. It hears nothing and is killed.</summary>
    Child,

    /// <summary>A child of a task that does not forward signals. It hears nothing and is killed after KillWait.</summary>
    TaskChild,

    /// <summary>A whole batch script: its shell is the batch shell, what its <c>srun</c> starts are tasks.</summary>
    Script,
}
