using Cairn.Cli.Lint;

namespace Cairn.Cli.Adoption;

/// <summary>A script that is being changed, one change after another; of each line it is known whether it was there from the beginning.</summary>
internal sealed class Draft
{
    private readonly Surroundings _around;
    private List<int?> _origins;

    public Draft(string path, string text, Surroundings around)
    {
        _around = around;
        (Text, Script) = (text, LintedScript.Parse(path, text, around));
        Before = Script;
        _origins = new(Script.Lines.Count);
        for (var index = 0; index < Script.Lines.Count; index++)
            _origins.Add(index);
    }

    /// <summary>As it was.</summary>
    public LintedScript Before { get; }

    /// <summary>As it is now.</summary>
    public LintedScript Script { get; private set; }

    public string Text { get; private set; }

    /// <summary>For each line of now the index that it had at the beginning; null for a new one.</summary>
    public IReadOnlyList<int?> Origins => _origins;

    /// <summary>Makes a change.</summary>
    /// <returns>False, and nothing is changed, where more than those lines would be another thing afterwards.</returns>
    public bool Apply(IReadOnlyList<LineEdit> edits)
    {
        var (text, touched) = Fixer.Apply(Script.Lines, edits);
        var after = LintedScript.Parse(Script.Path, text, _around);
        if (edits.Count == 0 || !MendedScript.IsTheSame(Script, after, edits, touched))
            return false;
        _origins = Moved(edits);
        (Text, Script) = (text, after);
        return true;
    }

    private List<int?> Moved(IReadOnlyList<LineEdit> edits)
    {
        var origins = new List<int?>();
        for (var index = 0; index < Script.Lines.Count; index++)
        {
            if (edits.FirstOrDefault(edit => edit.Line == index + 1) is not { } change)
            {
                origins.Add(_origins[index]);
                continue;
            }

            foreach (var line in change.NewLines)
                origins.Add(line == Script.Lines[index] ? _origins[index] : null);
        }

        return origins;
    }
}
