using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Lint;

/// <summary>The partitions of the cluster that this machine belongs to.</summary>
internal static class ClusterPartitions
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly Dictionary<string, string> Plain = new(StringComparer.Ordinal) { ["LC_ALL"] = "C" };

    /// <summary>Asks scontrol; empty where there is none, or it does not answer in time.</summary>
    public static IReadOnlyList<Partition> Ask() =>
        SlurmProgram.Run("scontrol", ["--oneliner", "show", "partition"], Plain, Patience) is { Code: 0 } answer ? Parse(answer.Output) : [];

    /// <summary>Reads the answer, a line a partition. A partition with a limit that cannot be read counts as one without.</summary>
    public static IReadOnlyList<Partition> Parse(string answer) =>
    [
        .. from line in answer.Split('\n')
           let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               .Select(field => field.Split('=', 2)).Where(pair => pair.Length == 2)
               .DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal)
           where fields.ContainsKey("PartitionName")
           select new Partition(fields["PartitionName"], fields.GetValueOrDefault("Default") == "YES", Limit(fields.GetValueOrDefault("MaxTime", "UNLIMITED"))),
    ];

    private static TimeSpan? Limit(string text) => TimeLimit.TryParse(text, out var limit) ? limit : null;
}
