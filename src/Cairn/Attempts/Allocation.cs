using System.Globalization;
using Cairn.JsonForms;

namespace Cairn.Attempts;

/// <summary>What Slurm has given the job: with its time that is node-hours and GPU-hours.</summary>
/// <param name="Cluster">The cluster's name; null when it has none.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Nodes">The nodes as Slurm writes them: <c>n[1-4]</c>.</param>
/// <param name="NodeCount">How many these are.</param>
/// <param name="Gpus">
/// The GPUs of all nodes together; null when none were asked for. Slurm tells the number where it was asked for so many, in all or for each task; else only
/// those of this node, and all are taken to have as many.
/// </param>
internal sealed record Allocation(string? Cluster, string? Partition, string? Nodes, int? NodeCount, int? Gpus)
{
    /// <summary>As the environment of a process of the job tells it; null outside of one.</summary>
    public static Allocation? FromEnvironment(Func<string, string?> variable)
    {
        if (Text("SLURM_JOB_ID") is null)
            return null;
        var nodes = Number(Text("SLURM_JOB_NUM_NODES") ?? Text("SLURM_NNODES"));
        var onNode = Number(Text("SLURM_GPUS_ON_NODE")) ?? Text("SLURM_JOB_GPUS")?.Split(',').Length;
        // By the task, the nodes may well have unlike numbers: tasks go where there is room.
        var gpus = Number(Text("SLURM_GPUS")) ?? Times(Number(Text("SLURM_GPUS_PER_TASK")), Number(Text("SLURM_NTASKS"))) ?? Times(onNode, nodes ?? 1);
        return new(Text("SLURM_CLUSTER_NAME"), Text("SLURM_JOB_PARTITION"), Text("SLURM_JOB_NODELIST"), nodes, gpus);

        string? Text(string name) => variable(name) is { Length: > 0 } text ? text : null;
    }

    /// <summary>The fields of its form.</summary>
    public static Allocation Fields(JsonFields fields, Allocation? e) => new(
        fields.TextOrNull("cluster", e?.Cluster),
        fields.TextOrNull("partition", e?.Partition),
        fields.TextOrNull("nodes", e?.Nodes),
        fields.IntOrNull("node_count", e?.NodeCount),
        fields.IntOrNull("gpus", e?.Gpus));

    private static int? Times(int? number, int? times) => (long?)number * times is { } all and <= int.MaxValue ? (int)all : null;

    // "4", or with the kind before it: "a100:4"; of several kinds "a100:4,h100:2".
    private static int? Number(string? text)
    {
        var sum = 0L;
        foreach (var one in text?.Split(',') ?? [])
        {
            if (!int.TryParse(one[(one.LastIndexOf(':') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return null;
            sum += number;
        }

        return text is not null && sum <= int.MaxValue ? (int)sum : null;
    }
}
