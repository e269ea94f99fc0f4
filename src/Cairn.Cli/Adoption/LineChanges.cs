using Cairn.Cli.BatchScripts.Shell;
using Cairn.Cli.Lint;

namespace Cairn.Cli.Adoption;

/// <summary>Small changes at places of a script, gathered into edits of its lines.</summary>
internal sealed class LineChanges(IReadOnlyList<string> lines)
{
    private readonly List<Change> _changes = [];
    private readonly SortedSet<int> _removed = [];

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

    public void Remove(int line) => _removed.Add(line);

    public bool Removes(int line) => _removed.Contains(line);

    public IReadOnlyList<LineEdit> Edits()
    {
        var edits = new List<LineEdit>();
        foreach (var line in _removed)
            edits.Add(new(line));
        foreach (var change in _changes.GroupBy(change => change.Line).Where(group => !_removed.Contains(group.Key)))
        {
            var text = lines[change.Key - 1];
            foreach (var one in change.OrderByDescending(one => one.Column))
                text = text[..one.Column] + one.Text + text[(one.Column + one.Length)..];
            edits.Add(new(change.Key, text));
        }

        return edits;
    }

    private sealed record Change(int Line, int Column, int Length, string Text);
}
