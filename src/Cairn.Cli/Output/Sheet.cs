using Spectre.Console;

namespace Cairn.Cli.Output;

/// <summary>
/// A table that stays readable on a narrow screen: where its columns would have to be broken, each row becomes a block of lines, a cell
/// a line. The last column alone is broken, for it holds sentences. Columns in which nothing stands are left out.
/// </summary>
/// <param name="columns">Their names; those that begin with <c>&gt;</c> hold numbers.</param>
internal sealed class Sheet(params string[] columns)
{
    // Narrower a sentence is no sentence.
    private const int Sentence = 24;
    private const int Frame = 3;
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row of markup.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Adds a row of plain text, whatever is in it.</summary>
    public void AddPlain(params string[] cells) => _rows.Add(Array.ConvertAll(cells, Tables.Plain));

    public void Write(IAnsiConsole console)
    {
        var widths = new int[columns.Length];
        foreach (var row in _rows)
        {
            for (var i = 0; i < row.Length; i++)
                widths[i] = Math.Max(widths[i], row[i].Length == 0 ? 0 : Markup.Remove(row[i]).Length);
        }

        var needed = 1;
        for (var i = 0; i < widths.Length; i++)
        {
            if (widths[i] > 0)
                needed += Math.Max(Name(i).Length, i == widths.Length - 1 ? Math.Min(widths[i], Sentence) : widths[i]) + Frame;
        }

        if (needed <= console.Profile.Width)
            WriteTable(console, widths);
        else
            WriteBlocks(console);
    }

    private void WriteTable(IAnsiConsole console, int[] widths)
    {
        List<int> shown = [];
        for (var i = 0; i < widths.Length; i++)
        {
            if (widths[i] > 0)
                shown.Add(i);
        }

        var table = Tables.Create(console, shown.ConvertAll(i => columns[i]).ToArray());
        foreach (var row in _rows)
            table.AddRow(shown.ConvertAll(i => row[i]).ToArray());
        console.Write(table);
    }

    private void WriteBlocks(IAnsiConsole console)
    {
        foreach (var row in _rows)
        {
            var title = true;
            for (var i = 0; i < row.Length; i++)
            {
                if (row[i].Length == 0)
                    continue;
                console.MarkupLine($"{(title ? "" : "  ")}{Name(i)} {row[i]}");
                title = false;
            }
        }
    }

    private string Name(int column) => columns[column].TrimStart('>');
}
