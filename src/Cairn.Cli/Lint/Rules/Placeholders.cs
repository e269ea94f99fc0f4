using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts;

namespace Cairn.Cli.Lint.Rules;

/// <summary>What a template left to be filled in.</summary>
internal static partial class Placeholders
{
    public static LintRule Rule { get; } = new("CAIRN010", Level.Warning, "a placeholder was left in", Check);

    public static bool IsOne(string value) => Placeholder().IsMatch(value);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        foreach (var directive in script.Directives)
        {
            if (directive.Option.Name is not ("job-name" or "comment") && directive.Value is { } value && Placeholder().Match(value) is { Success: true } match)
                yield return new(directive.Line, $"'{match.Value}' in --{directive.Option.Name} still waits to be filled in: {Consequence(directive.Option.Name)}", "Put your own value there.");
        }
    }

    private static string Consequence(string option) => option switch
    {
        "partition" or "account" or "qos" or "reservation" or "constraint" => "sbatch refuses the job, or it waits for ever.",
        "output" or "error" => "the log's folder will not exist, and the job fails at its start without a word.",
        _ => "it means nothing to Slurm.",
    };

    [GeneratedRegex(
        @"<[A-Za-z][^<>@]*>|^/path/to\b|(?<![A-Za-z])your[-_]?(account|partition|project|email|e-mail|name|netid|username|group|qos)\b|CHANGE[-_]?ME|REPLACE[-_]?ME|FILL[-_]?(ME[-_]?)?IN|\bTODO\b|\bX{3,}\b|@(example\.(com|org|edu)|your[a-z.-]*)$|\[[A-Z_ ]{3,}\]|\{\{[^{}]*\}\}",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Placeholder();
}
