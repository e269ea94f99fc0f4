namespace Cairn.Cli.Stories.Pages;

/// <summary>A table of a report, for the page and for Markdown.</summary>
/// <param name="Caption">What it shows.</param>
/// <param name="Columns">Their names; those that begin with <c>&gt;</c> hold numbers.</param>
internal sealed record ReportTable(string Caption, params string[] Columns)
{
    public List<string[]> Rows { get; } = [];

    /// <summary>Whether a column has anything in it; one without is not shown.</summary>
    public bool IsTold(int column)
    {
        foreach (var row in Rows)
        {
            if (row[column].Length > 0)
                return true;
        }

        return false;
    }

    public void Add(params string[] cells) => Rows.Add(cells);

    public static bool IsNumber(string column) => column[0] == '>';

    public static string Name(string column) => IsNumber(column) ? column[1..] : column;
}
