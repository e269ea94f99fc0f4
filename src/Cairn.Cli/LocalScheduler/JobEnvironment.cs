using System.Collections;
using System.Globalization;
using Cairn.Cli.Contract;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.LocalScheduler.Processes;
using Cairn.Posix;

namespace Cairn.Cli.LocalScheduler;

/// <summary>The variables that Slurm, and Cairn, set for a job. Those of an outer job are taken away first.</summary>
internal sealed class JobEnvironment(LocalOptions options, int jobId, JobFolder folder)
{
    private static readonly string[] ScrubbedPrefixes = ["SLURM_", "SLURMD_", "SBATCH_", "SRUN_", "SALLOC_", "CAIRN_"];

    // What the user says to Cairn from outside goes on through.
    private static readonly string[] Kept = ["CAIRN_CHECKPOINT_DIR", "CAIRN_TRACE"];

    /// <summary>The machine, and the first of the nodes that are played on it: programs meet there.</summary>
    public static string Node => Environment.MachineName;

    /// <summary>The names of so many nodes.</summary>
    public static IReadOnlyList<string> Nodes(int count) => [Node, .. Enumerable.Range(2, count - 1).Select(number => $"{Node}-node{Text(number)}")];

    /// <summary>What the batch shell has otherwise than <c>cairn local</c>; null for a variable that is taken away.</summary>
    public Dictionary<string, string?> ForBatch(Job job)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (DictionaryEntry outer in Environment.GetEnvironmentVariables())
        {
            var name = (string)outer.Key;
            if (!Kept.Contains(name) && ScrubbedPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
                variables[name] = null;
        }

        variables["PATH"] = $"{folder.Bin}:{Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin"}";
        AddSlurm(variables, job);
        variables[JobFolder.SocketVariable] = folder.Socket;
        variables["CAIRN_ATTEMPT"] = Text(job.Attempt);
        variables["CAIRN_REQUEUE"] = "self";
        variables["CAIRN_STATUS"] = folder.Status;
        if (options.LeadFactor < 1)
            variables[LeadFactor.Variable] = LeadFactor.Text(jobId, options.LeadFactor);
        if (options.CheckpointFolder is not null)
            variables["CAIRN_CHECKPOINT_DIR"] = options.CheckpointFolder;
        return variables;
    }

    /// <summary>Adds what a task of a step has besides.</summary>
    /// <param name="variables">Of the batch shell, or of srun.</param>
    /// <param name="step">The step's number.</param>
    /// <param name="layout">Its tasks and nodes.</param>
    /// <param name="rank">This task, from 0.</param>
    public static void AddTask(Dictionary<string, string?> variables, int step, TaskLayout layout, int rank)
    {
        var node = layout.NodeOf(rank);
        var first = layout.FirstOn(node);
        foreach (var name in (string[])["SLURM_STEP_ID", "SLURM_STEPID"])
            variables[name] = Text(step);
        foreach (var name in (string[])["SLURM_NTASKS", "SLURM_NPROCS", "SLURM_STEP_NUM_TASKS"])
            variables[name] = Text(layout.Tasks);
        foreach (var name in (string[])["SLURM_TASKS_PER_NODE", "SLURM_STEP_TASKS_PER_NODE"])
            variables[name] = layout.TasksPerNode;
        foreach (var name in (string[])["SLURM_NNODES", "SLURM_STEP_NUM_NODES"])
            variables[name] = Text(layout.Nodes.Count);
        variables["SLURM_PROCID"] = Text(rank);
        variables["SLURM_LOCALID"] = Text(rank - first);
        variables["SLURM_NODEID"] = Text(node);
        variables["SLURMD_NODENAME"] = layout.Nodes[node];
        variables["SLURM_STEP_NODELIST"] = layout.NodeList;
        variables["SLURM_GTIDS"] = string.Join(',', Enumerable.Range(first, layout.FirstOn(node + 1) - first));
        variables["SLURM_LAUNCH_NODE_IPADDR"] = "127.0.0.1";
    }

    private void AddSlurm(Dictionary<string, string?> variables, Job job)
    {
        var (cpus, layout) = (Text(Environment.ProcessorCount), options.Layout);
        (string Name, string? Value)[] slurm =
        [
            ("SLURM_JOB_ID", Text(jobId)),
            ("SLURM_JOBID", Text(jobId)),
            ("SLURM_JOB_NAME", options.JobName),
            ("SLURM_JOB_PARTITION", options.Partition),
            ("SLURM_JOB_USER", Environment.UserName),
            ("SLURM_JOB_UID", Text((int)Libc.GetUid())),
            ("SLURM_JOB_GID", Text((int)Libc.GetGid())),
            ("SLURM_JOB_NODELIST", layout.NodeList),
            ("SLURM_NODELIST", layout.NodeList),
            ("SLURM_JOB_NUM_NODES", Text(layout.Nodes.Count)),
            ("SLURM_NNODES", Text(layout.Nodes.Count)),
            ("SLURM_JOB_CPUS_PER_NODE", TaskLayout.Of(Environment.ProcessorCount, layout.Nodes.Count)),
            ("SLURM_CPUS_ON_NODE", cpus),
            ("SLURM_CPUS_PER_TASK", options.CpusPerTask),
            ("SLURM_CLUSTER_NAME", "cairn-local"),
            ("SLURM_SUBMIT_DIR", Environment.CurrentDirectory),
            ("SLURM_SUBMIT_HOST", Node),
            ("SLURMD_NODENAME", Node),
            ("SLURM_NODEID", "0"),
            ("SLURM_PROCID", "0"),
            ("SLURM_LOCALID", "0"),
            ("SLURM_GTIDS", "0"),
            ("SLURM_TASKS_PER_NODE", layout.TasksPerNode),
            ("SLURM_NTASKS_PER_NODE", Text(options.TasksPerNode)),
            ("SLURM_NTASKS", options.SaysTasks ? Text(layout.Tasks) : null),
            ("SLURM_NPROCS", options.SaysTasks ? Text(layout.Tasks) : null),
            ("SLURM_ARRAY_JOB_ID", options.Array is null ? null : Text(jobId)),
            ("SLURM_ARRAY_TASK_ID", Text(options.Array?.Task)),
            ("SLURM_ARRAY_TASK_COUNT", Text(options.Array?.Count)),
            ("SLURM_ARRAY_TASK_MIN", Text(options.Array?.Least)),
            ("SLURM_ARRAY_TASK_MAX", Text(options.Array?.Most)),
            ("SLURM_ARRAY_TASK_STEP", Text(options.Array?.Step)),
            ("SLURM_RESTART_COUNT", job.Restarts > 0 ? Text(job.Restarts) : null),
            // 22.05 does not tell; one has to ask.
            ("SLURM_JOB_START_TIME", options.Job.Release == SlurmRelease.Slurm24 ? Unix(job.StartTime) : null),
            ("SLURM_JOB_END_TIME", options.Job.Release == SlurmRelease.Slurm24 ? Unix(job.EndTime) : null),
        ];
        foreach (var (name, value) in slurm)
        {
            if (value is not null)
                variables[name] = value;
        }
    }

    private static string? Unix(DateTimeOffset? instant) => instant?.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private static string? Text(int? number) => number is { } known ? Text(known) : null;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
