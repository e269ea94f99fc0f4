using System.Security.Cryptography;
using System.Text;
using Cairn.Cli.Help;
using Cairn.Cli.Inspection;

namespace Cairn.Cli.Stories.Pages;

/// <summary>A report as one page of HTML that asks for nothing from anywhere and runs no script.</summary>
internal sealed class ReportPage
{
    /// <summary>How each begins.</summary>
    public const string Head = "<!doctype html><!-- a report of Cairn -->";

    // For the whole page, shared out over the charts; and as many charts as somebody may look at.
    private const int Columns = 40_000;
    private const int MostColumns = 800;
    private const int Charts = 60;

    // As many as are told apart by colour and by stroke.
    private const int MostLines = 6;

    private readonly HtmlWriter _page = new();
    private readonly IReadOnlyList<ReportedRun> _runs;
    private readonly int _columns;

    private ReportPage(IReadOnlyList<ReportedRun> runs)
    {
        _runs = runs;
        var charts = 0;
        foreach (var run in runs)
            charts += 2 * (Math.Min(Charts, run.Metrics.Count) + 1);
        _columns = Math.Clamp(Columns / Math.Max(1, charts), 20, MostColumns);
    }

    /// <summary>Writes it.</summary>
    /// <param name="runs">The runs; at least one.</param>
    /// <param name="remarks">What was left out, a sentence each.</param>
    /// <param name="now">The clock.</param>
    public static string Of(IReadOnlyList<ReportedRun> runs, IReadOnlyList<string> remarks, DateTimeOffset now)
    {
        var page = new ReportPage(runs);
        page.Write(remarks, now);
        return Head + page._page;
    }

    private void Write(IReadOnlyList<string> remarks, DateTimeOffset now)
    {
        var style = Resource.Read("report.css");
        var title = _runs.Count == 1 ? $"{_runs[0].Name}: Cairn report" : $"{_runs.Count} runs: Cairn report";
        _page.Add($"<html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)))}'; img-src data:; base-uri 'none'; form-action 'none'\">");
        _page.Add($"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"><meta name=\"referrer\" content=\"no-referrer\"><link rel=\"icon\" href=\"data:,\">");
        _page.Add($"<title>{title}</title>");
        _page.AddStyle(style);
        _page.Add($"</head><body><a class=\"skip\" href=\"#main\">To the report</a><header><h1>Cairn report</h1><p>{(_runs.Count == 1 ? "One run" : $"{_runs.Count} runs")}, as told at {Figures.Instant(now)} UTC.</p>");
        if (_runs.Count > 1)
            WriteContents();
        _page.Add($"</header><main id=\"main\" tabindex=\"-1\">");
        WriteTexts("remarks", remarks);
        if (_runs.Count > 1)
            WriteSideBySide();
        for (var i = 0; i < _runs.Count; i++)
            WriteRun(_runs[i], i + 1);
        _page.Add($"</main><footer>");
        foreach (var line in Notes)
            _page.Add($"<p>{line}</p>");
        _page.Add($"</footer></body></html>");
    }

    private static readonly string[] Notes =
    [
        "Node time is all of an attempt but its waiting in the queue. Goodput is the share of it in which steps were done that count, whether for the first time or once more.",
        "Lost are steps beyond the checkpoint from which a later attempt went on, or would; after a death at least so many, for a journal does not tell of every step.",
        "GPU-hours stand only where each attempt says how many GPUs it had. All times are UTC.",
    ];

    private void WriteContents()
    {
        _page.Add($"<nav aria-label=\"Runs\"><ul>");
        for (var i = 0; i < _runs.Count; i++)
            _page.Add($"<li><a href=\"#run{i + 1}\">{_runs[i].Name}</a></li>");
        _page.Add($"</ul></nav>");
    }

    private void WriteSideBySide()
    {
        _page.Add($"<section aria-labelledby=\"beside\"><h2 id=\"beside\">Side by side</h2>");
        WriteTable(ReportTables.Runs(_runs));
        var drawn = 0;
        foreach (var (name, lines) in Shared())
        {
            if (lines.Count < 2 || drawn++ >= Charts)
                continue;
            if (lines.Count > MostLines)
                _page.Add($"<p class=\"note\">{name} of the first {MostLines} of {lines.Count} runs that reported it; name fewer runs to see others beside each other.</p>");
            new MetricChart(name, lines.Count > MostLines ? lines[..MostLines] : lines, _columns).Write(_page);
        }

        _page.Add($"</section>");
    }

    // What several runs have reported, over each other.
    private SortedDictionary<string, List<ChartLine>> Shared()
    {
        var shared = new SortedDictionary<string, List<ChartLine>>(StringComparer.Ordinal);
        foreach (var run in _runs)
        {
            foreach (var metric in run.Metrics)
            {
                if (!shared.TryGetValue(metric.Name, out var lines))
                    shared[metric.Name] = lines = [];
                lines.Add(new(run.Name, metric.Points));
            }
        }

        return shared;
    }

    private void WriteRun(ReportedRun run, long number)
    {
        _page.Add($"<section class=\"run\" aria-labelledby=\"run{number}\"><h2 id=\"run{number}\">{run.Name}</h2>");
        WriteTiles(run);
        if (run.Why is { } why)
            _page.Add($"<p class=\"why\">{why.Paragraph}</p>");
        WriteTexts("problems", run.Status.Problems);
        WriteTexts("remarks", run.Remarks);
        _page.Add($"<h3>Timeline</h3>");
        if (number == 1)
            Timeline.WriteLegend(_page);
        Timeline.Write(_page, run.Story);
        _page.Add($"<h3>Where the time went</h3>");
        WriteSpent(run.Story);
        WriteMetrics(run);
        WriteSaves(run.Story);
        _page.Add($"<h3>Nodes</h3>");
        WriteTable(ReportTables.Nodes(run.Story));
        _page.Add($"<h3>Attempts</h3>");
        WriteTable(ReportTables.Attempts(run.Story));
        _page.Add($"</section>");
    }

    private void WriteTiles(ReportedRun run)
    {
        var spent = run.Story.Spent;
        _page.Add($"<dl class=\"tiles\">");
        Tile("state", run.Status.State, run.Status.Job is { } job ? $"job {job}" : "");
        Tile("goodput", Figures.Share(spent.Goodput), $"of {Figures.Time(spent.Held)} node time");
        Tile("steps", Figures.Count(run.Story.Step), run.Story.Planned is { } planned ? $"of {planned}" : "");
        Tile("attempts", Figures.Count(run.Story.Attempts.Count), spent.Queued > 0 ? $"queued {Figures.Time(spent.Queued)}" : "");
        Tile("steps lost", Figures.Count(run.Story.StepsLost), spent.Lost > 0 ? $"in {Figures.Time(spent.Lost)}" : "");
        Tile("GPU-hours", Figures.Hours(run.Story.GpuSpent?.Held), "");
        _page.Add($"</dl>");

        void Tile(string name, string value, string note)
        {
            if (value.Length > 0)
                _page.Add($"<div><dt>{name}</dt><dd>{value} <small>{note}</small></dd></div>");
        }
    }

    private void WriteSpent(RunStory story)
    {
        var spent = story.Spent;
        if (spent.Held > 0)
        {
            _page.Add($"<svg class=\"band whole\" role=\"img\"><title>Shares of the node time; the table below has the figures</title>");
            var at = 0d;
            foreach (var (kind, seconds) in (ReadOnlySpan<(string, double)>)
            [
                ("training", spent.Training), ("redone", spent.Redone), ("saving", spent.Saving), ("starting", spent.Starting), ("lost", spent.Lost), ("ending", spent.Ending),
            ])
            {
                var width = seconds / spent.Held * 100;
                if (width >= 0.005)
                    _page.Add($"<rect class=\"{kind}\" x=\"{at}%\" width=\"{width}%\" height=\"100%\"><title>{kind}: {Figures.Time(seconds)}, {Figures.Of(seconds, spent.Held)}</title></rect>");
                at += width;
            }

            _page.Add($"</svg>");
        }

        WriteTable(ReportTables.Spent(story), hasSwatches: true);
    }

    private void WriteMetrics(ReportedRun run)
    {
        _page.Add($"<h3>Metrics</h3>");
        if (run.Metrics.Count == 0)
        {
            _page.Add($"<p>Nothing was reported.</p>");
            return;
        }

        if (run.Folded > 0)
            _page.Add($"<p class=\"note\">Each step once: {run.Folded} values of steps that were lost, or done once more, are left out.</p>");
        _page.Add($"<div class=\"charts\">");
        for (var i = 0; i < Math.Min(Charts, run.Metrics.Count); i++)
            new MetricChart(run.Metrics[i].Name, [new(run.Metrics[i].Name, run.Metrics[i].Points)], _columns).Write(_page);
        _page.Add($"</div>");
        if (run.Metrics.Count > Charts)
            _page.Add($"<p class=\"note\">The first {Charts} of {run.Metrics.Count} metrics are drawn; the table has all.</p>");
        WriteTable(ReportTables.Metrics(run));
    }

    private void WriteSaves(RunStory story)
    {
        List<MetricPoint> stalls = [], durable = [];
        foreach (var attempt in story.Attempts)
        {
            foreach (var save in attempt.Saves)
            {
                stalls.Add(new(attempt.Number, save.Step, save.StallSeconds, save.Boundary));
                durable.Add(new(attempt.Number, save.Step, save.DurableSeconds, save.Boundary));
            }
        }

        _page.Add($"<h3>Saves</h3>");
        if (!story.TellsOfSaves)
        {
            _page.Add($"<p>{ReportTables.NoSaves}</p>");
            return;
        }

        if (stalls.Count > 0)
            new MetricChart("Seconds a save", [new("until it was durable", durable), new("the loop waited", stalls)], _columns).Write(_page, areDots: true);
        WriteTable(ReportTables.Saves(story));
    }

    private void WriteTexts(string kind, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
            return;
        _page.Add($"<ul class=\"{kind}\">");
        foreach (var text in texts)
            _page.Add($"<li>{text}</li>");
        _page.Add($"</ul>");
    }

    // A wide table scrolls by itself, and can be reached by the keyboard then.
    private void WriteTable(ReportTable table, bool hasSwatches = false)
    {
        _page.Add($"<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"{table.Caption}\"><table><caption>{table.Caption}</caption><thead><tr>");
        var isTold = new bool[table.Columns.Length];
        for (var i = 0; i < isTold.Length; i++)
        {
            isTold[i] = table.IsTold(i);
            if (isTold[i])
                _page.Add($"<th scope=\"col\" class=\"{Form(i)}\">{ReportTable.Name(table.Columns[i])}</th>");
        }

        _page.Add($"</tr></thead><tbody>");
        foreach (var row in table.Rows)
        {
            _page.Add($"<tr>");
            for (var i = 0; i < row.Length; i++)
            {
                if (!isTold[i])
                    continue;
                if (i == 0)
                {
                    _page.Add($"<th scope=\"row\" class=\"{Form(i)}\">");
                    if (hasSwatches && row[0] != "node time")
                        Timeline.WriteSwatch(_page, row[0]);
                    _page.Add($"{row[0]}</th>");
                }
                else
                {
                    _page.Add($"<td class=\"{Form(i)}\">{row[i]}</td>");
                }
            }

            _page.Add($"</tr>");
        }

        _page.Add($"</tbody></table></div>");

        string Form(int column) => ReportTable.IsNumber(table.Columns[column]) ? "n" : "t";
    }
}
