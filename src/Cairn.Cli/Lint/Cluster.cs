using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Lint;

/// <summary>The cluster that this machine belongs to.</summary>
/// <param name="Partitions">Its partitions.</param>
/// <param name="Steps">What it does with steps.</param>
internal sealed record Cluster(IReadOnlyList<Partition> Partitions, StepDefaults Steps)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly Dictionary<string, string> Plain = new(StringComparer.Ordinal) { ["LC_ALL"] = "C" };

    /// <summary>There is none, or it does not answer in time.</summary>
    public static Cluster None { get; } = new([], StepDefaults.Unknown);

    /// <summary>Asks scontrol.</summary>
    public static Cluster Ask() =>
        Show("partition") is { } partitions ? new(ParsePartitions(partitions), Show("config") is { } config ? StepDefaults.Parse(config) : StepDefaults.Unknown) : None;

    /// <summary>Reads the answer, a line a partition. A partition with a limit that cannot be read counts as one without.</summary>
    public static IReadOnlyList<Partition> ParsePartitions(string answer) =>
    [
        .. from line in answer.Split('\n')
           let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               .Select(field => field.Split('=', 2)).Where(pair => pair.Length == 2)
               .DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal)
           where fields.ContainsKey("PartitionName")
           select new Partition(fields["PartitionName"], fields.GetValueOrDefault("Default") == "YES", Limit(fields.GetValueOrDefault("MaxTime", "UNLIMITED"))),
    ];

    private static string? Show(string what) =>
        SlurmProgram.Run("scontrol", ["--oneliner", "show", what], Plain, Patience) is { Code: 0 } answer ? answer.Output : null;

    private static TimeSpan? Limit(string text) => TimeLimit.TryParse(text, out var limit) ? limit : null;
}
