using System.Text;

namespace Cairn.Cli.Lint;

/// <summary>Whether a mended script is the same but for the mend, by Cairn's own reader.</summary>
internal static class MendedScript
{
    /// <param name="before">The script.</param>
    /// <param name="after">The mended one.</param>
    /// <param name="edits">The lines that were to change.</param>
    /// <param name="touched">Those lines in the mended script.</param>
    public static bool IsTheSame(LintedScript before, LintedScript after, IReadOnlyList<LineEdit> edits, IReadOnlySet<int> touched)
    {
        var lines = edits.Select(edit => edit.Line).ToHashSet();
        // With DOS line breaks nothing was read: to take them away is all that the mend does.
        if (before.HasDosLineBreaks)
            return after.Lines.Count == before.Lines.Count;
        return before.IsUnderstood == after.IsUnderstood
            && Directives(before, lines) == Directives(after, touched)
            && Commands(before, lines) == Commands(after, touched)
            && (before.Refused.Count == 0 ? after.Refused.Count == 0 : after.Refused.Count <= before.Refused.Count);
    }

    private static string Directives(LintedScript script, IReadOnlySet<int> without) =>
        string.Join('\n', script.Directives.Where(directive => !without.Contains(directive.Line)).Select(directive => $"{directive.Option.Name}={directive.Value}"));

    private static string Commands(LintedScript script, IReadOnlySet<int> without)
    {
        var text = new StringBuilder();
        foreach (var command in script.Shell.Commands.Where(command => !without.Contains(command.Line)))
        {
            text.Append(command.Place).Append(' ');
            foreach (var set in command.Assignments)
                text.Append(set.Name).Append('=').Append(set.Value).Append(' ');
            foreach (var word in command.Words.Where(word => !without.Contains(word.Line)))
                text.Append(word.Raw).Append(' ');
            text.Append('\n');
        }

        return text.ToString();
    }
}
