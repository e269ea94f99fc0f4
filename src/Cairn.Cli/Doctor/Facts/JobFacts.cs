using Cairn.Slurm;

namespace Cairn.Cli.Doctor.Facts;

/// <summary>How a process of a job was started, which decides what it hears.</summary>
internal enum LaunchForm
{
    /// <summary>A task that srun started.</summary>
    Task,

    /// <summary>In the batch shell's place, by exec; or the batch shell's only command.</summary>
    BatchStep,

    /// <summary>A child of the batch shell.</summary>
    Child,

    /// <summary>A child of a task.</summary>
    TaskChild,
}

/// <summary>The job that this process runs in.</summary>
/// <param name="Job">As the environment tells it.</param>
/// <param name="Status">As Slurm tells it; null where it does not answer.</param>
/// <param name="Form">How this process was started.</param>
/// <param name="Now">The clock when it was asked.</param>
internal sealed record JobFacts(SlurmJob Job, JobStatus? Status, LaunchForm Form, DateTimeOffset Now)
{
    /// <summary>When it ends, by Slurm or else by the environment; null where nobody says.</summary>
    public DateTimeOffset? EndTime => Status?.EndTime ?? Job.EndTime;

    /// <summary>Reads it; null outside of a job.</summary>
    /// <exception cref="UsageException">A variable holds what Slurm never sets.</exception>
    public static JobFacts? Read(SlurmCommands slurm, bool asks, TimeProvider time)
    {
        try
        {
            if (SlurmJob.FromEnvironment(Environment.GetEnvironmentVariable) is not { } job)
                return null;
            var byslurm = LaunchedBy.Slurm();
            var form = job.Step is null ? byslurm ? LaunchForm.BatchStep : LaunchForm.Child : byslurm ? LaunchForm.Task : LaunchForm.TaskChild;
            return new(job, asks ? slurm.ShowJob(job.Id).Status : null, form, time.GetUtcNow());
        }
        catch (SlurmEnvironmentException error)
        {
            throw new UsageException(error.Message + ".");
        }
    }
}
