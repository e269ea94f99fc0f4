using Spectre.Console;

namespace Cairn.Cli.Output;

/// <summary>Tables on standard output, all of one make.</summary>
internal static class Tables
{
    // Without a terminal there is no width to keep to; eighty columns would break every sentence.
    private const int WidthOfAFile = 160;

    /// <summary>Standard output; colours only on a terminal, and not with NO_COLOR.</summary>
    public static IAnsiConsole Console()
    {
        var console = Terminal.Console(System.Console.Out);
        if (System.Console.IsOutputRedirected)
            console.Profile.Width = WidthOfAFile;
        return console;
    }

    /// <summary>A table with these columns; those whose name begins with <c>&gt;</c> hold numbers.</summary>
    public static Table Create(IAnsiConsole console, params ReadOnlySpan<string> columns)
    {
        var table = new Table().Border(console.Profile.Capabilities.Unicode ? TableBorder.Rounded : TableBorder.Ascii);
        foreach (var column in columns)
            table.AddColumn(column is ['>', .. var name] ? new TableColumn(name).RightAligned().NoWrap() : new TableColumn(column));
        return table;
    }

    /// <summary>A row of plain text, whatever is in it.</summary>
    public static void AddPlainRow(this Table table, params ReadOnlySpan<string> cells)
    {
        var escaped = new string[cells.Length];
        for (var i = 0; i < cells.Length; i++)
            escaped[i] = Plain(cells[i]);
        table.AddRow(escaped);
    }

    /// <summary>Text as a cell of a table.</summary>
    public static string Plain(string text) => Markup.Escape(Printable.Of(text));
}
