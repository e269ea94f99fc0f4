using System.Globalization;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Doctor.Facts;

/// <summary>A partition as far as a stop depends on it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsDefault">Jobs go there that name none.</param>
/// <param name="State">UP, DOWN, DRAIN, INACTIVE.</param>
/// <param name="MaxTime">The longest wall time; null for none.</param>
/// <param name="DefaultTime">What a job gets that asks for no time; null for <paramref name="MaxTime"/>.</param>
/// <param name="PreemptMode">What happens to its jobs; empty where the cluster's mode counts.</param>
/// <param name="GraceSeconds">Between a preemption's begin and the kill.</param>
internal sealed record PartitionFacts(string Name, bool IsDefault, string State, TimeSpan? MaxTime, TimeSpan? DefaultTime, string PreemptMode, int GraceSeconds)
{
    /// <summary>Reads the answer of <c>scontrol show partition</c>; what cannot be read of one is as by default.</summary>
    public static IReadOnlyList<PartitionFacts> Parse(string answer) =>
    [
        .. from block in answer.Split("\n\n")
           let fields = block.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
               .Select(field => field.Split('=', 2)).Where(pair => pair.Length == 2)
               .DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal)
           where fields.ContainsKey("PartitionName")
           select new PartitionFacts(
               fields["PartitionName"],
               fields.GetValueOrDefault("Default") == "YES",
               fields.GetValueOrDefault("State", "UP"),
               Time(fields.GetValueOrDefault("MaxTime")),
               Time(fields.GetValueOrDefault("DefaultTime")),
               fields.GetValueOrDefault("PreemptMode", string.Empty),
               int.TryParse(fields.GetValueOrDefault("GraceTime"), NumberStyles.None, CultureInfo.InvariantCulture, out var grace) ? grace : 0),
    ];

    private static TimeSpan? Time(string? text) => text is not null && TimeLimit.TryParse(text, out var limit) ? limit : null;
}
