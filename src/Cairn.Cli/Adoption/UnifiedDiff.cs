using System.Globalization;
using System.Text;

namespace Cairn.Cli.Adoption;

/// <summary>What has changed, in the form that <c>patch</c> reads.</summary>
internal static class UnifiedDiff
{
    private const int Context = 3;

    /// <param name="draft">The script, before and after.</param>
    /// <param name="name">What it is called after the change.</param>
    /// <returns>Empty where nothing has changed.</returns>
    public static string Of(Draft draft, string name)
    {
        var lines = Lines(draft);
        var text = new StringBuilder();
        for (var at = lines.FindIndex(IsChange); at >= 0; at = lines.FindIndex(at, IsChange))
        {
            if (text.Length == 0)
                text.Append(CultureInfo.InvariantCulture, $"--- {draft.Before.Path}\n+++ {name}\n");
            var (start, end) = (Math.Max(at - Context, 0), at);
            for (var next = at; next >= 0 && next <= end + (2 * Context); next = lines.FindIndex(next + 1, IsChange))
                end = next;
            end = Math.Min(end + Context + 1, lines.Count);
            Hunk(text, lines, start, end);
            at = end;
        }

        return text.ToString();

        static bool IsChange(string line) => line[0] != ' ';
    }

    private static void Hunk(StringBuilder text, List<string> lines, int start, int end)
    {
        var before = lines.Take(start).Count(line => line[0] != '+');
        var after = lines.Take(start).Count(line => line[0] != '-');
        var hunk = lines.GetRange(start, end - start);
        text.Append(CultureInfo.InvariantCulture, $"@@ -{before + 1},{hunk.Count(line => line[0] != '+')} +{after + 1},{hunk.Count(line => line[0] != '-')} @@\n");
        foreach (var line in hunk)
            text.Append(line).Append('\n');
    }

    // Each with its sign. What was taken away stands before what came in its place.
    private static List<string> Lines(Draft draft)
    {
        var (before, after) = (Whole(draft.Before.Lines), Whole(draft.Script.Lines));
        var lines = new List<string>();
        var added = new List<string>();
        var at = 0;
        for (var index = 0; index < after.Count; index++)
        {
            if (draft.Origins[index] is not { } origin)
            {
                added.Add('+' + after[index]);
                continue;
            }

            TakeUpTo(origin);
            lines.Add(' ' + after[index]);
            at = origin + 1;
        }

        TakeUpTo(before.Count);
        return lines;

        void TakeUpTo(int end)
        {
            for (; at < end; at++)
                lines.Add('-' + before[at]);
            lines.AddRange(added);
            added.Clear();
        }
    }

    // What stands behind the last line break is no line, where it is nothing; else it is one without an end.
    private static List<string> Whole(IReadOnlyList<string> lines) =>
        lines[^1].Length == 0 ? [.. lines.Take(lines.Count - 1)] : [.. lines.Take(lines.Count - 1), lines[^1] + "\n\\ No newline at end of file"];
}
