using Cairn.TorchSharp.Tests.Zoo;

namespace Cairn.TorchSharp.Tests.Parallel;

/// <summary>One attempt of examples/DataParallel: its ranks as processes of this machine, with the variables that srun sets.</summary>
internal sealed class ParallelJob : IDisposable
{
    private readonly List<ZooProcess> ranks;

    private ParallelJob(List<ZooProcess> ranks) => this.ranks = ranks;

    public IReadOnlyList<ZooProcess> Ranks => ranks;

    /// <summary>What all of them said.</summary>
    public string Messages => string.Join('\n', ranks.Select((rank, number) => $"rank {number}:\n{rank.Messages}"));

    /// <summary>Starts an attempt.</summary>
    /// <param name="folder">Of the job: checkpoints, and the weights at the end.</param>
    /// <param name="count">How many ranks.</param>
    /// <param name="restarts">How often the job was requeued.</param>
    /// <param name="arguments">For the program.</param>
    public static ParallelJob Start(string folder, int count, int restarts = 0, params string[] arguments)
    {
        var empty = Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName; // no scontrol
        var started = new List<ZooProcess>();
        for (var rank = 0; rank < count; rank++)
        {
            started.Add(ZooProcess.StartProgram(
                "DataParallel", ["--out", WeightsIn(folder), .. arguments],
                ("PATH", empty), ("CAIRN_CHECKPOINT_DIR", Path.Combine(folder, "checkpoints")), ("SLURM_JOB_ID", $"{Environment.ProcessId}"), ("SLURM_STEP_ID", Path.GetFileName(folder)),
                ("SLURM_STEP_NUM_TASKS", $"{count}"), ("SLURM_PROCID", $"{rank}"), ("SLURM_RESTART_COUNT", $"{restarts}")));
        }

        return new ParallelJob(started);
    }

    /// <summary>Where the weights are at the end.</summary>
    public static string WeightsIn(string folder) => Path.Combine(folder, "weights.dat");

    /// <summary>Runs an attempt to its end.</summary>
    /// <returns>The exit codes of the ranks, and what they said.</returns>
    public static (IReadOnlyList<int> Codes, string Messages) Run(string folder, int count, int restarts = 0, params string[] arguments)
    {
        using var job = Start(folder, count, restarts, arguments);
        return (job.WaitForEnd(), job.Messages);
    }

    public IReadOnlyList<int> WaitForEnd() => [.. ranks.Select(rank => rank.WaitForEnd())];

    public void Dispose() => ranks.ForEach(rank => rank.Dispose());
}
