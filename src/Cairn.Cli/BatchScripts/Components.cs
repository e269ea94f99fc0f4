namespace Cairn.Cli.BatchScripts;

/// <summary>The components of a heterogeneous job; any other job is one component.</summary>
internal static class Components
{
    /// <summary>The directives of each. The script runs in the first, whose --signal, --requeue, logs and the like count for all.</summary>
    public static IReadOnlyList<IReadOnlyList<Directive>> Of(IReadOnlyList<Directive> directives)
    {
        List<List<Directive>> components = [[]];
        foreach (var directive in directives)
        {
            if (directive.BeginsComponent)
                components.Add([]);
            else
                components[^1].Add(directive);
        }

        return components;
    }
}
