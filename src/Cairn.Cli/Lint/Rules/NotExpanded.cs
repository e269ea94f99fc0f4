using System.Text.RegularExpressions;

namespace Cairn.Cli.Lint.Rules;

/// <summary>Variables in directives.</summary>
internal static partial class NotExpanded
{
    public static LintRule Rule { get; } = new("CAIRN005", Level.Warning, "nothing is expanded in a directive", Check);

    private static IEnumerable<Flaw> Check(LintedScript script) =>
        from directive in script.Directives
        where directive.Value is { } value && directive.Option.Name is not ("comment" or "wrap" or "export" or "wckey") && Expansion().IsMatch(value) && !value.StartsWith("<%", StringComparison.Ordinal)
        select new Flaw(
            directive.Line,
            $"sbatch expands nothing in a directive: --{directive.Option.Name} is literally '{directive.Value}'.",
            "Write the value out (in log names %j, %x, %u, %A and %a are replaced), or give it on the command line: sbatch "
            + $"--{directive.Option.Name}=...");

    [GeneratedRegex(@"\$[A-Za-z_{(]|`|^~(/|$)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Expansion();
}
