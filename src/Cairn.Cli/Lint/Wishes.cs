using Cairn.Cli.BatchScripts;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Lint;

/// <summary>What the directives that count ask for, as far as several rules look at it. Of two of a kind the later wins, as in Slurm.</summary>
internal sealed class Wishes(IReadOnlyList<Directive> directives)
{
    /// <summary>The warning; null where none is asked for, or it cannot be read.</summary>
    public WarningSignal? Warning { get; } =
        directives.LastOrDefault(directive => directive.Option.Name == "signal")?.Value is { } text ? SbatchValues.Warning(text) ?? (WarningSignal.TryParse(text, out var meant) ? meant : null) : null;

    /// <summary>The wall time; null where there is none, or no limit.</summary>
    public TimeSpan? Limit { get; } =
        directives.LastOrDefault(directive => directive.Option.Name == "time")?.Value is { } text ? SbatchValues.Limit(text) ?? (TimeLimit.TryParse(text, out var meant) ? meant : null) : null;

    /// <summary>An array of several elements; one of a single element has no others to disturb.</summary>
    public bool IsArray { get; } = directives.LastOrDefault(directive => directive.Option.Name == "array")?.Value is { } text && SbatchValues.Elements(text) is not (0 or 1);

    /// <summary>--array=1-10%1: one element after another, as people chain the pieces of one run.</summary>
    public bool IsChain { get; } = directives.LastOrDefault(directive => directive.Option.Name == "array")?.Value is { } list && list.EndsWith("%1", StringComparison.Ordinal);

    public bool Requeue { get; } = directives.LastOrDefault(IsAboutRequeue)?.Option.Name == "requeue";

    public bool NoRequeue { get; } = directives.LastOrDefault(IsAboutRequeue)?.Option.Name == "no-requeue";

    // Slurm looks at the first letter alone.
    public bool AppendsLog { get; } = directives.LastOrDefault(directive => directive.Option.Name == "open-mode")?.Value is ['a' or 'A', ..];

    /// <summary>One task on one node, as far as the script says: srun then starts the program once.</summary>
    public bool IsOneTask { get; } = directives.All(directive =>
        directive.Option.Name is not ("ntasks" or "nodes" or "ntasks-per-node" or "ntasks-per-gpu" or "ntasks-per-core" or "ntasks-per-socket") || directive.Value is "1" or "1-1");

    private static bool IsAboutRequeue(Directive directive) => directive.Option.Name is "requeue" or "no-requeue";
}
