using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Lint.Rules;

/// <summary>A limit that the partition does not give.</summary>
internal static class AbovePartition
{
    public static LintRule Rule { get; } = new("CAIRN060", Level.Warning, "the time limit is above the partition's", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Wishes.Limit is not { } limit || script.Find("time") is not { } directive || script.Find("clusters") is not null)
            yield break;
        var name = script.Find("partition")?.Value;
        var asked = script.Around.Partitions.Where(partition => name is null ? partition.IsDefault : name.Split(',').Contains(partition.Name, StringComparer.Ordinal)).ToArray();
        if (asked.Length > 0 && asked.All(partition => partition.MaxTime < limit))
        {
            var longest = asked.MaxBy(partition => partition.MaxTime)!;
            yield return new(
                directive.Line,
                $"--time={directive.Value} is above the limit of partition {longest.Name}, {TimeLimit.Format(longest.MaxTime)}: the job is refused, or waits for ever.",
                $"Ask for {TimeLimit.Format(longest.MaxTime)} at most, and let the job come back.");
        }
    }
}
