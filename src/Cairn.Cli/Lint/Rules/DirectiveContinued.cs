using Cairn.Cli.BatchScripts;

namespace Cairn.Cli.Lint.Rules;

/// <summary>A backslash at the end of a directive.</summary>
internal static class DirectiveContinued
{
    public static LintRule Rule { get; } = new("CAIRN006", Level.Warning, "a directive does not go on in the next line", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        for (var index = 0; index < script.FirstCommand; index++)
        {
            var line = script.Lines[index];
            if (line.StartsWith(DirectiveReader.Magic, StringComparison.Ordinal) && line.TrimEnd().EndsWith('\\') && line.IndexOf('#', 1) < 0)
                yield return new(index + 1, "sbatch knows no continuation: what stands in the next line is not part of this directive.", "Give each line a #SBATCH of its own.");
        }
    }
}
