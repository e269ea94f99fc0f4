using Cairn.Cli.BatchScripts;

namespace Cairn.Cli.Lint.Rules;

/// <summary>More on the line of hetjob.</summary>
internal static class ComponentLineCut
{
    public static LintRule Rule { get; } = new("CAIRN013", Level.Warning, "hetjob needs a line of its own", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        for (var index = 0; index < script.FirstCommand; index++)
        {
            var line = script.Lines[index];
            if (!line.StartsWith(DirectiveReader.Magic, StringComparison.Ordinal) || DirectiveReader.UpToSeparator(line[DirectiveReader.Magic.Length..]) is not (var before, { } dropped))
                continue;
            if (!string.IsNullOrWhiteSpace(before))
                yield return new(index + 1, "hetjob begins a component only as the first word of its line: here it is dropped with all that stands behind it, and no component begins.", "Write #SBATCH hetjob, alone, between the components.");
            else if (dropped.AsSpan().Trim() is not ({ IsEmpty: true } or ['#', ..]))
                yield return new(index + 1, $"sbatch drops what stands behind hetjob in its line, and says nothing: '{dropped.Trim()}' counts nowhere.", "Put it into a line of its own, below.");
        }
    }
}
