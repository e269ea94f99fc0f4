using Cairn.Cli.Output;
using Spectre.Console;

namespace Cairn.Cli.Tests.Output;

/// <summary>A table on screens of several widths.</summary>
public class SheetTests
{
    [Theory]
    [InlineData(200, false)]
    [InlineData(79, false)]
    [InlineData(78, true)]
    [InlineData(40, true)]
    public void Is_a_table_where_its_columns_fit_and_a_block_a_row_where_they_do_not(int width, bool isBlocks)
    {
        var text = Written(width);
        var lines = text.Split('\n');
        Assert.All(lines, line => Assert.True(line.TrimEnd().Length <= width, line));
        Assert.Equal(isBlocks, lines.Contains("  when 2026-05-01 12:00:00"));
        Assert.All((string[])["checkpoints/run-17", "2026-05-01 12:00:00", "12345"], cell => Assert.Contains(cell, text, StringComparison.Ordinal));
        Assert.DoesNotContain("empty", text, StringComparison.Ordinal);

        // The sentence may be broken, but every word of it is there.
        Assert.All("a sentence that is broken where the line ends".Split(' '), word => Assert.Contains(word, text, StringComparison.Ordinal));
    }

    // Its columns need 79: 18 + 19 + 5 + 4 of a number's name, 24 of the sentence, and the frame.
    private static string Written(int width)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(text), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = width;
        var sheet = new Sheet("run", "when", ">steps", "empty", "note");
        sheet.AddPlain("checkpoints/run-17", "2026-05-01 12:00:00", "12345", "", "a sentence that is broken where the line ends");
        sheet.AddPlain("other", "", "1", "", "");
        sheet.Write(console);
        return text.ToString();
    }
}
