using System.Globalization;
using Cairn.Cli.LocalScheduler.Link;

namespace Cairn.Cli.LocalScheduler;

/// <summary>The variables that a job sees. What an outer Slurm has set is taken away first.</summary>
internal static class JobEnvironment
{
    /// <summary>Sets the job's variables.</summary>
    public static void Set(IDictionary<string, string?> environment, LocalJob job, string jobId, JobFolder folder)
    {
        foreach (var name in environment.Keys.Where(name => name.StartsWith("SLURM", StringComparison.Ordinal) || name.StartsWith("SBATCH_", StringComparison.Ordinal)).ToList())
            environment.Remove(name);
        var (settings, node) = (job.Settings, Environment.MachineName);
        environment["PATH"] = folder.Commands + ":" + (environment.TryGetValue("PATH", out var path) ? path : "/usr/bin:/bin");
        environment[CommandClient.SocketVariable] = folder.Socket;
        environment["CAIRN_ATTEMPT"] = Text(job.Attempt);
        environment["CAIRN_REQUEUE"] = "self";
        environment["CAIRN_STATUS"] = folder.Status;
        environment["SLURM_JOB_ID"] = environment["SLURM_JOBID"] = jobId;
        environment["SLURM_JOB_NAME"] = settings.Name;
        environment["SLURM_JOB_PARTITION"] = settings.Partition;
        environment["SLURM_JOB_NODELIST"] = environment["SLURM_NODELIST"] = node;
        environment["SLURM_JOB_NUM_NODES"] = environment["SLURM_NNODES"] = "1";
        environment["SLURM_NTASKS"] = environment["SLURM_NPROCS"] = Text(settings.Tasks);
        environment["SLURM_CPUS_ON_NODE"] = Text(Environment.ProcessorCount);
        environment["SLURM_SUBMIT_DIR"] = Environment.CurrentDirectory;
        environment["SLURMD_NODENAME"] = node;
        if (job.Restarts > 0)
            environment["SLURM_RESTART_COUNT"] = Text(job.Restarts);
        if (settings.Release == SlurmRelease.V24 && job.StartTime is { } start)
        {
            environment["SLURM_JOB_START_TIME"] = Text(start.ToUnixTimeSeconds());
            if (job.EndTime is { } end)
                environment["SLURM_JOB_END_TIME"] = Text(end.ToUnixTimeSeconds());
        }
    }

    /// <summary>Sets what only a task of a step has.</summary>
    public static void SetTask(IDictionary<string, string?> environment, int step, int rank, int tasks)
    {
        environment["SLURM_STEP_ID"] = environment["SLURM_STEPID"] = Text(step);
        environment["SLURM_STEP_NUM_TASKS"] = environment["SLURM_NTASKS"] = environment["SLURM_NPROCS"] = Text(tasks);
        environment["SLURM_PROCID"] = environment["SLURM_LOCALID"] = Text(rank);
        environment["SLURM_NODEID"] = "0";
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
