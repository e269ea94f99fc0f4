namespace Cairn.Cli.Lint;

/// <summary>Mends what is safe to mend.</summary>
internal static class Fixer
{
    // A fix that calls for itself would never end; no script has so many flaws.
    private const int MostRounds = 500;

    /// <summary>The script with one fix after another, each read anew, so that none works on lines that another has moved.</summary>
    /// <param name="path">Where it was read from.</param>
    /// <param name="text">The script.</param>
    /// <param name="surroundings">What lies around it.</param>
    /// <param name="isSyntax">Whether a shell takes a text for a script; null: nobody is asked.</param>
    /// <returns>The new text, what was mended, and what was left because more than the mend would have changed.</returns>
    public static (string Text, IReadOnlyList<Finding> Mended, IReadOnlyList<Finding> Left) Mend(string path, string text, Surroundings surroundings, Func<string, bool>? isSyntax = null)
    {
        var mended = new List<Finding>();
        var left = new List<Finding>();
        while (mended.Count + left.Count < MostRounds)
        {
            var script = LintedScript.Parse(path, text, surroundings);
            if (Linter.Check(script).FirstOrDefault(finding => finding.Flaw.Fix.Count > 0 && !left.Exists(other => other.Rule == finding.Rule && other.Flaw.WillHappen == finding.Flaw.WillHappen)) is not { } finding)
                break;
            var (after, touched) = Apply(script.Lines, finding.Flaw.Fix);
            if (MendedScript.IsTheSame(script, LintedScript.Parse(path, after, surroundings), finding.Flaw.Fix, touched) && (isSyntax is null || !isSyntax(text) || isSyntax(after)))
            {
                text = after;
                mended.Add(finding);
            }
            else
            {
                left.Add(finding);
            }
        }

        return (text, mended, left);
    }

    /// <summary>The new text, and which of its lines are new.</summary>
    public static (string Text, HashSet<int> Touched) Apply(IReadOnlyList<string> lines, IReadOnlyList<LineEdit> edits)
    {
        var byLine = edits.ToDictionary(edit => edit.Line);
        var result = new List<string>();
        var touched = new HashSet<int>();
        for (var line = 1; line <= lines.Count; line++)
        {
            if (!byLine.TryGetValue(line, out var edit))
            {
                result.Add(lines[line - 1]);
                continue;
            }

            foreach (var added in edit.NewLines)
            {
                result.Add(added);
                touched.Add(result.Count);
            }
        }

        return (string.Join('\n', result), touched);
    }
}
