using Cairn.Cli.BatchScripts;

namespace Cairn.Cli.Lint.Rules;

/// <summary>Values that sbatch does not take, as seen of 22.05.</summary>
internal static class ValueRefused
{
    public static LintRule Rule { get; } = new("CAIRN008", Level.Error, "sbatch refuses the value", Check);

    private static readonly string[] Memory = ["mem", "mem-per-cpu", "mem-per-gpu"];

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        foreach (var directive in script.Directives)
        {
            if (directive.Value is not { } value || Placeholders.IsOne(directive) || Placeholders.IsInTemplate(script, directive.Line) || SbatchValues.Problem(directive.Option.Name, value) is not { } advice)
                continue;
            yield return new(
                directive.Line,
                value.Trim().Length == 0
                    ? $"sbatch refuses --{directive.Option.Name} with an empty value: what stands behind a blank is not part of it."
                    : $"sbatch refuses --{directive.Option.Name}={value}{(value[0] == '=' ? ": behind the option's letter, or a blank, the equal sign is part of the value" : "")}.",
                advice);
        }

        foreach (var component in script.Components)
        {
            if (component.Where(directive => Memory.Contains(directive.Option.Name, StringComparer.Ordinal)).DistinctBy(directive => directive.Option).ToArray() is [_, var second, ..])
                yield return new(second.Line, "sbatch refuses --mem, --mem-per-cpu and --mem-per-gpu beside each other.", "Keep one of them.");
        }
    }
}
