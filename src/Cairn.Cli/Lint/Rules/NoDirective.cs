using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts;

namespace Cairn.Cli.Lint.Rules;

/// <summary>What looks like a directive, and is a comment to sbatch. ##SBATCH is left alone: so people switch a directive off.</summary>
internal static partial class NoDirective
{
    public static LintRule Rule { get; } = new("CAIRN004", Level.Warning, "looks like a directive and is none", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        for (var index = 0; index < script.FirstCommand; index++)
        {
            var line = script.Lines[index];
            if (line.StartsWith(DirectiveReader.Magic, StringComparison.Ordinal) || Lookalike().Match(line) is not { Success: true } match)
                continue;
            yield return new(
                index + 1,
                $"Only a line that begins with exactly {DirectiveReader.Magic} is a directive; to sbatch this one is a comment.",
                $"Write it as {DirectiveReader.Magic}, at the line's beginning; to switch it off, write ##SBATCH.",
                new LineEdit(index + 1, $"{DirectiveReader.Magic} {line[match.Length..].TrimStart()}"));
        }
    }

    [GeneratedRegex(@"^(\s+#SBATCH|\s*#[ \t]+SBATCH|\s*#(sbatch|Sbatch|SBACTH|SBTACH|SABTCH|SBATH))(?=[ \t]+-)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Lookalike();
}
