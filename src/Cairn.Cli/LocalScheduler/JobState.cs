namespace Cairn.Cli.LocalScheduler;

/// <summary>Slurm's job states, as far as one machine can bring them about.</summary>
internal enum JobState
{
    Pending,
    Running,
    Completing,
    Completed,
    Failed,
    Timeout,
    Cancelled,
    Preempted,
}
