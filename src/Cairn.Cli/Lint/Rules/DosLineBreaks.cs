namespace Cairn.Cli.Lint.Rules;

/// <summary>Lines that end in CR LF.</summary>
internal static class DosLineBreaks
{
    public static LintRule Rule { get; } = new("CAIRN002", Level.Error, "DOS line breaks", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (!script.HasDosLineBreaks)
            yield break;
        var lines = script.Lines.Index().Where(line => line.Item.EndsWith('\r')).ToArray();
        yield return new(
            lines[0].Index + 1,
            $"{lines.Length} {(lines.Length == 1 ? "line ends" : "lines end")} in a DOS line break (CR LF); sbatch refuses the script.",
            @"Convert it: sed -i 's/\r$//' FILE. The commands were not looked at.",
            [.. lines.Select(line => new LineEdit(line.Index + 1, line.Item.TrimEnd('\r')))]);
    }
}
