using Cairn.Cli.BatchScripts.Shell;
using Cairn.Cli.Lint;

namespace Cairn.Cli.Adoption;

/// <summary>Small changes at places of a script, gathered into edits of its lines.</summary>
internal sealed class LineChanges(IReadOnlyList<string> lines)
{
    private readonly List<Change> _changes = [];
    private readonly bool[] _removed = new bool[lines.Count + 1];

    /// <summary>What stands behind a word up to the end of its line, and of the lines that it goes on in: each with its place.</summary>
    public static IEnumerable<(int Line, int Column, string Text)> Behind(IReadOnlyList<string> lines, ShellWord word)
    {
        var (line, column) = EndOf(word);
        for (; line <= lines.Count; line++, column = 0)
        {
            yield return (line, column, lines[line - 1][Math.Min(column, lines[line - 1].Length)..]);
            if (!lines[line - 1].EndsWith('\\'))
                yield break;
        }
    }

    /// <summary>The line and the column behind a word.</summary>
    public static (int Line, int Column) EndOf(ShellWord word)
    {
        var breaks = word.Raw.Count(letter => letter == '\n');
        return breaks == 0 ? (word.Line, word.Column + word.Raw.Length) : (word.Line + breaks, word.Raw.Length - word.Raw.LastIndexOf('\n') - 1);
    }

    public void Insert(int line, int column, string text) => _changes.Add(new(line, column, 0, text));

    public void Replace(int line, int column, int length, string text) => _changes.Add(new(line, column, length, text));

    public void Remove(int line) => _removed[line] = true;

    public bool Removes(int line) => _removed[line];

    public IReadOnlyList<LineEdit> Edits()
    {
        var edits = new List<LineEdit>();
        for (var line = 1; line <= lines.Count; line++)
        {
            if (_removed[line])
                edits.Add(new(line));
            else if (_changes.FindAll(change => change.Line == line) is { Count: > 0 } changes)
                edits.Add(new(line, Changed(lines[line - 1], changes)));
        }

        return edits;
    }

    // From the right to the left, so that each column is still where it was.
    private static string Changed(string text, List<Change> changes)
    {
        changes.Sort((one, other) => other.Column.CompareTo(one.Column));
        foreach (var one in changes)
            text = text[..one.Column] + one.Text + text[(one.Column + one.Length)..];
        return text;
    }

    private sealed record Change(int Line, int Column, int Length, string Text);
}
