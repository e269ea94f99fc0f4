using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts;

namespace Cairn.Cli.Lint.Rules;

/// <summary>What a template left to be filled in.</summary>
internal static partial class Placeholders
{
    public static LintRule Rule { get; } = new("CAIRN010", Level.Warning, "a placeholder was left in", Check);

    public static bool IsOne(Directive directive) => Of(directive) is not null;

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        var told = new HashSet<int>();
        foreach (var directive in script.Directives)
        {
            if (directive.Option.Name is not ("job-name" or "comment") && Of(directive) is { } placeholder)
            {
                told.Add(directive.Line);
                yield return new(directive.Line, $"'{placeholder}' in --{directive.Option.Name} still waits to be filled in: {Consequence(directive, placeholder)}", "Put your own value there.");
            }
        }

        foreach (var line in script.Refused.Where(refused => IsInTemplate(script, refused.Line)).Select(refused => refused.Line!.Value).Where(told.Add))
            yield return new(line, "This is a line of a template, which still waits to be filled in: sbatch refuses it as it stands.", "Put your own value there.");
    }

    /// <summary>The line is one of a template, whose words are not yet those that sbatch gets.</summary>
    public static bool IsInTemplate(LintedScript script, int? line) => line is { } number && TemplateTags.IsIn(script.Lines[number - 1]);

    private static string? Of(Directive directive)
    {
        if (directive.Value is not { } value || Placeholder().Match(value) is not { Success: true } match)
            return null;
        // [a|b] chooses among features, [1-3] among nodes and elements.
        return match.Value[0] == '[' && (directive.Option.Name is "constraint" or "array" or "nodelist" or "exclude" or "dependency" || match.Length != value.Length) ? null : match.Value;
    }

    private static string Consequence(Directive directive, string placeholder) => directive.Option.Name switch
    {
        "partition" or "account" or "qos" or "reservation" or "constraint" => "sbatch refuses the job, or it waits for ever.",
        "output" or "error" when directive.Value!.LastIndexOf('/') > directive.Value.IndexOf(placeholder, StringComparison.Ordinal)
            => "the log's folder will not exist, and the job fails at its start without a word.",
        "output" or "error" => "the log gets just this name.",
        var option when SbatchValues.Problem(option, directive.Value!) is not null => "sbatch refuses it.",
        _ => "it means nothing to Slurm.",
    };

    [GeneratedRegex(
        @"<[A-Za-z][^<>@]*>|^/path/to\b|(?<![A-Za-z])your[-_]?(account|partition|project|email|e-mail|name|netid|username|group|qos)\b|CHANGE[-_]?ME|REPLACE[-_]?ME|FILL[-_]?(ME[-_]?)?IN|\bTODO\b|\bX{3,}\b|\bXXX[a-z0-9]+XXX\b|@(example\.(com|org|edu)|your[a-z.-]*)$|\[[A-Z_ ]{3,}\]|\{\{[^{}]*\}\}|<%|(?<![$%{])\{[A-Z_][A-Z0-9_.:]*\}",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Placeholder();
}
