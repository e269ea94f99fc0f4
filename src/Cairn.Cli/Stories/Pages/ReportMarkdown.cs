using System.Text;

namespace Cairn.Cli.Stories.Pages;

/// <summary>A report in Markdown: its words and tables, without pictures.</summary>
internal static class ReportMarkdown
{
    public static string Of(IReadOnlyList<ReportedRun> runs, IReadOnlyList<string> remarks, DateTimeOffset now)
    {
        var text = new StringBuilder($"# Cairn report\n\nAs told at {Figures.Instant(now)} UTC.\n");
        foreach (var remark in remarks)
            text.Append($"\n- {Plain(remark)}");
        if (remarks.Count > 0)
            text.Append('\n');
        if (runs.Count > 1)
            Append(text, ReportTables.Runs(runs));
        foreach (var run in runs)
        {
            text.Append($"\n## {Plain(run.Name)}\n\n{Plain(run.Why?.Paragraph ?? "No attempt has begun.")}\n");
            foreach (var problem in run.Status.Problems)
                text.Append($"\n- **{Plain(problem)}**");
            foreach (var remark in run.Remarks)
                text.Append($"\n- {Plain(remark)}");
            text.Append(run.Status.Problems.Count + run.Remarks.Count > 0 ? "\n" : "");
            Append(text, ReportTables.Runs([run]));
            Append(text, ReportTables.Spent(run.Story));
            if (run.Metrics.Count > 0)
                Append(text, ReportTables.Metrics(run));
            if (run.Story.TellsOfSaves)
                Append(text, ReportTables.Saves(run.Story));
            else
                text.Append($"\n{ReportTables.NoSaves}\n");
            Append(text, ReportTables.Nodes(run.Story));
            Append(text, ReportTables.Attempts(run.Story));
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, ReportTable table)
    {
        text.Append($"\n**{table.Caption}**\n\n|");
        var rule = new StringBuilder("\n|");
        for (var i = 0; i < table.Columns.Length; i++)
        {
            if (!table.IsTold(i))
                continue;
            text.Append($" {ReportTable.Name(table.Columns[i])} |");
            rule.Append(ReportTable.IsNumber(table.Columns[i]) ? "---:|" : "---|");
        }

        text.Append(rule);
        text.Append('\n');
        foreach (var row in table.Rows)
        {
            text.Append('|');
            for (var i = 0; i < row.Length; i++)
            {
                if (table.IsTold(i))
                    text.Append($" {Plain(row[i])} |");
            }

            text.Append('\n');
        }
    }

    // Nothing in it is Markdown or HTML, whatever it is.
    private static string Plain(string text)
    {
        var plain = new StringBuilder();
        foreach (var letter in Printable.Of(text))
        {
            if (letter is '\\' or '|' or '*' or '_' or '`' or '[' or ']' or '<' or '>' or '#' or '&' or '~' or '!')
                plain.Append('\\');
            plain.Append(letter);
        }

        return plain.ToString();
    }
}
