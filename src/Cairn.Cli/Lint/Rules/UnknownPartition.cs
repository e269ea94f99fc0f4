namespace Cairn.Cli.Lint.Rules;

/// <summary>A partition that the cluster does not have.</summary>
internal static class UnknownPartition
{
    public static LintRule Rule { get; } = new("CAIRN061", Level.Error, "there is no such partition", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Around.Partitions.Count == 0 || script.Find("clusters") is not null || script.Find("partition") is not { Value: { } value } directive || Placeholders.IsOne(directive))
            yield break;
        foreach (var name in value.Split(',').Where(name => script.Around.Partitions.All(partition => partition.Name != name)))
            yield return new(directive.Line, $"This cluster has no partition '{name}': sbatch refuses the script.", $"There are {string.Join(", ", script.Around.Partitions.Select(partition => partition.Name))}.");
    }
}
