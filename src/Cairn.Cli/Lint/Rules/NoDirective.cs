using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts;

namespace Cairn.Cli.Lint.Rules;

/// <summary>What looks like a directive, and is a comment to sbatch. ##SBATCH is left alone: so people switch a directive off.</summary>
internal static partial class NoDirective
{
    public static LintRule Rule { get; } = new("CAIRN004", Level.Warning, "looks like a directive and is none", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        var found = new List<(int Line, Match Match, string Directive)>();
        for (var index = 0; index < script.FirstCommand; index++)
        {
            var line = script.Lines[index];
            if (!line.StartsWith(DirectiveReader.Magic, StringComparison.Ordinal) && Lookalike().Match(line) is { Success: true } match)
                found.Add((index + 1, match, $"{DirectiveReader.Magic} {line[match.Length..].TrimStart()}"));
        }

        foreach (var (line, match, directive) in found)
        {
            var options = Options(script, line, directive);
            var nothingElse = script.Directives.Count == 0;
            // Among others that count, a blank behind the # is how people switch a directive off, more often than a slip; small letters may be, too.
            var isSwitch = Form(match.Value) == Blank && !nothingElse;
            var isMeant = !isSwitch && found.Count(other => Form(other.Match.Value) == Form(match.Value)) == 1 && options is not null && options.TrueForAll(option => script.Find(option.Option.Name) is null);
            yield return new(
                line,
                $"Only a line that begins with exactly {DirectiveReader.Magic} is a directive; to sbatch this one is a comment.",
                $"If it is to count, write it as {DirectiveReader.Magic}, at the line's beginning; if it is switched off, ##SBATCH says so.",
                isMeant ? [new LineEdit(line, directive)] : [])
            {
                Level = isMeant || nothingElse ? null : Level.Note,
            };
        }
    }

    private const int Blank = 1;

    private static int Form(string written) => char.IsWhiteSpace(written[0]) ? 0 : written.Contains(' ', StringComparison.Ordinal) || written.Contains('\t', StringComparison.Ordinal) ? Blank : 2;

    // Null where sbatch would refuse it, or the script: then it is better a comment.
    private static List<Directive>? Options(LintedScript script, int line, string text)
    {
        try
        {
            var options = DirectiveReader.ReadLine(script.Path, line, text);
            return options.Exists(option => option.BeginsComponent || (option.Value is { } value && (SbatchValues.Problem(option.Option.Name, value) is not null || Placeholders.IsOne(option)))) ? null : options;
        }
        catch (BatchScriptException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^(\s+#SBATCH|\s*#[ \t]+SBATCH|\s*#(sbatch|Sbatch|SBACTH|SBTACH|SABTCH|SBATH))(?=[ \t]+-)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Lookalike();
}
