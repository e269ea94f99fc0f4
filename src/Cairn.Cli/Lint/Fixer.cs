namespace Cairn.Cli.Lint;

/// <summary>Mends what is safe to mend.</summary>
internal static class Fixer
{
    // A fix that calls for itself would never end; no script has so many flaws.
    private const int MostRounds = 500;

    /// <summary>The script with one fix after another, each read anew, so that none works on lines that another has moved.</summary>
    /// <returns>The new text, and what was mended.</returns>
    public static (string Text, IReadOnlyList<Finding> Mended) Mend(string path, string text, Surroundings surroundings)
    {
        var mended = new List<Finding>();
        while (mended.Count < MostRounds)
        {
            var script = LintedScript.Parse(path, text, surroundings);
            if (Linter.Check(script).FirstOrDefault(finding => finding.Flaw.Fix.Count > 0) is not { } finding)
                break;
            text = Apply(script.Lines, finding.Flaw.Fix);
            mended.Add(finding);
        }

        return (text, mended);
    }

    private static string Apply(IReadOnlyList<string> lines, IReadOnlyList<LineEdit> edits)
    {
        var byLine = edits.ToDictionary(edit => edit.Line);
        return string.Join('\n', lines.SelectMany((line, index) => byLine.TryGetValue(index + 1, out var edit) ? edit.NewLines : [line]));
    }
}
