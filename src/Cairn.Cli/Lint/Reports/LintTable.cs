using Cairn.Cli.Output;
using Spectre.Console;

namespace Cairn.Cli.Lint.Reports;

/// <summary>The findings for people.</summary>
internal static class LintTable
{
    // Without a terminal there is no width to keep to; eighty columns would break every sentence.
    private const int WidthOfAFile = 140;

    public static void Write(IReadOnlyList<LintedFile> files, IAnsiConsole console, bool isTerminal)
    {
        if (!isTerminal)
            console.Profile.Width = WidthOfAFile;
        foreach (var file in files)
        {
            foreach (var mended in file.Mended)
                console.MarkupLine(Tables.Plain($"{file.Path}: mended {mended.Rule.Id}, {mended.Rule.Title}"));
        }

        if (files.Any(file => file.Findings.Count > 0))
            console.Write(Table(files, console.Profile.Capabilities.Unicode));
        console.MarkupLineInterpolated($"{Summary(files)}");
    }

    private static Table Table(IReadOnlyList<LintedFile> files, bool unicode)
    {
        var table = new Table().Border(unicode ? TableBorder.Rounded : TableBorder.Ascii).ShowRowSeparators();
        table.AddColumn("where");
        table.AddColumn(new TableColumn("rule").NoWrap());
        table.AddColumn("what will happen, and what to do");
        foreach (var (path, finding) in files.SelectMany(file => file.Findings.Select(finding => (file.Path, finding))))
        {
            var colour = finding.Level switch { Level.Error => "red", Level.Warning => "yellow", _ => "blue" };
            var fixable = finding.Flaw.Fix.Count > 0 ? " [green](--fix)[/]" : "";
            table.AddRow(
                Tables.Plain($"{path}:{finding.Flaw.Line}"),
                $"[{colour}]{Name(finding.Level)}[/]\n{finding.Rule.Id}",
                $"{Markup.Escape(finding.Flaw.WillHappen)}\n[dim]→[/] {Markup.Escape(finding.Flaw.Advice)}{fixable}");
        }

        return table;
    }

    public static string Name(Level level) => level switch { Level.Error => "error", Level.Warning => "warning", _ => "note" };

    private static string Summary(IReadOnlyList<LintedFile> files)
    {
        var unread = files.Count(file => file.Error is not null);
        var scripts = files.Count - unread;
        var findings = files.SelectMany(file => file.Findings).ToArray();
        var counts = from level in (Level[])[Level.Error, Level.Warning, Level.Note]
                     let number = findings.Count(finding => finding.Level == level)
                     where number > 0
                     select $"{number} {Name(level)}{(number == 1 ? "" : "s")}";
        var what = findings.Length == 0 ? "nothing found" : string.Join(", ", counts) + "; docs/lint.md explains the rules";
        return $"{scripts} script{(scripts == 1 ? "" : "s")}: {what}{(unread > 0 ? $"; {unread} could not be read" : "")}";
    }
}
