namespace Cairn.Cli.Stories.Pages;

/// <summary>
/// The attempts of a run: all on one line, by the clock, and below each by itself, from its begin and on the scale of the longest. Only rectangles are
/// drawn, placed by shares of the width, and all words are HTML: so it is read at any width, and by those who hear it.
/// </summary>
internal sealed class Timeline
{
    // More rows than this are no picture any more; the table has all.
    private const int Rows = 60;
    private const int Marks = 60;

    private readonly HtmlWriter _page;
    private readonly RunStory _story;
    private readonly DateTimeOffset _from = DateTimeOffset.MaxValue;
    private readonly DateTimeOffset _to = DateTimeOffset.MinValue;
    private readonly TimeSpan _longest;

    private Timeline(HtmlWriter page, RunStory story)
    {
        (_page, _story) = (page, story);
        foreach (var attempt in story.Attempts)
        {
            if (attempt.Segments.Count == 0)
                continue;
            _from = attempt.Segments[0].From < _from ? attempt.Segments[0].From : _from;
            _to = Within.Later(_to, attempt.Segments[^1].To);
        }

        for (var i = FirstRow; i < story.Attempts.Count; i++)
        {
            if (story.Attempts[i].Segments is [var first, ..] segments && segments[^1].To - first.From > _longest)
                _longest = segments[^1].To - first.From;
        }
    }

    public static void Write(HtmlWriter page, RunStory story)
    {
        var timeline = new Timeline(page, story);
        if (timeline._to > timeline._from)
            timeline.Write();
        else
            page.Add($"<p>No attempt has told of anything that took time.</p>");
    }

    /// <summary>What the colours mean, once a page.</summary>
    public static void WriteLegend(HtmlWriter page)
    {
        page.Add($"<ul class=\"legend\" aria-label=\"What the colours mean\">");
        foreach (var (kind, words) in (ReadOnlySpan<(string, string)>)
        [
            ("queued", "queued: waiting for a node"), ("starting", "starting: up to the first step"), ("training", "training: steps that count"),
            ("redone", "redone: steps done once more"), ("lost", "lost: steps that do not count"), ("ending", "ending: the last save, the requeue"),
            ("saving", "saving: the loop waits for a save"),
        ])
        {
            page.Add($"<li>");
            WriteSwatch(page, kind);
            page.Add($"{words}</li>");
        }

        page.Add($"<li>");
        WriteSwatch(page, "blank");
        page.Add($"blank: no job was there</li>");
        page.Add($"</ul>");
    }

    public static void WriteSwatch(HtmlWriter page, string kind) => page.Add($"<svg class=\"swatch\" aria-hidden=\"true\"><rect class=\"{kind}\" width=\"100%\" height=\"100%\"/></svg>");

    private void Write()
    {
        var attempts = _story.Attempts;
        _page.Add($"<p class=\"label\">{(attempts.Count == 1 ? "One attempt" : $"All {attempts.Count} attempts")}, from {Figures.Instant(_from)} to {Figures.Instant(_to)} UTC ({Figures.Time(Within.Between(_from, _to))})</p>");
        _page.Add($"<svg class=\"band whole{(attempts.Count > Rows ? " dense" : "")}\" role=\"img\"><title>All attempts on one line</title>");
        foreach (var attempt in attempts)
            WriteSegments(attempt, _from, _to - _from, titled: false);
        _page.Add($"</svg>");
        WriteAxis(Figures.Instant(_from), Figures.Instant(_from + ((_to - _from) / 2)), Figures.Instant(_to));

        if (attempts.Count > Rows)
            _page.Add($"<p class=\"note\">Below are the newest {Rows} of {attempts.Count} attempts; the table of attempts has all.</p>");
        _page.Add($"<ol class=\"attempts\">");
        for (var i = FirstRow; i < attempts.Count; i++)
            WriteRow(attempts[i]);
        _page.Add($"</ol>");
        WriteAxis("its begin", Figures.Time(_longest.TotalSeconds / 2), Figures.Time(_longest.TotalSeconds));
    }

    private void WriteRow(StoryAttempt attempt)
    {
        var name = attempt.Number == 0 ? "Attempt without a number" : $"Attempt {attempt.Number}";
        _page.Add($"<li><p><strong>{name}</strong>{(attempt.Job is { } job ? $", job {job}" : "")}{(attempt.Host is { Length: > 0 } host ? $" on {host}" : "")}: <span class=\"{Tone(attempt)}\">{attempt.End.Words}</span>{(attempt.Began is null ? "" : $" ({Figures.Instant(attempt.Began)}, {Figures.Time(attempt.Spent.Held)})")}</p>");
        if (attempt.Segments.Count == 0)
        {
            _page.Add($"</li>");
            return;
        }

        var began = attempt.Segments[0].From;
        List<string> words = [];
        foreach (var segment in attempt.Segments)
            words.Add($"{Kind(segment)} {Figures.Time(segment.Seconds)}");
        _page.Add($"<svg class=\"band\" role=\"img\"><title>{name}: {string.Join(", ", words)}{(attempt.TellsOfSaves ? $"; {Words(attempt.Saves.Count, "save")}" : "")}</title>");
        WriteSegments(attempt, began, _longest, titled: true);
        var every = (attempt.Saves.Count / Marks) + 1;
        for (var i = attempt.Saves.Count - 1; i >= 0; i -= every)
        {
            var save = attempt.Saves[i];
            _page.Add($"<rect class=\"saving mark\" x=\"{At(save.Boundary, began, _longest)}%\" width=\"5\" height=\"50%\"><title>save of step {save.Step}: the loop waited {Figures.Time(save.StallSeconds)}, durable after {Figures.Time(save.DurableSeconds)}</title></rect>");
        }

        _page.Add($"</svg></li>");
    }

    private void WriteSegments(StoryAttempt attempt, DateTimeOffset from, TimeSpan scale, bool titled)
    {
        foreach (var segment in attempt.Segments)
        {
            var (at, width) = (At(segment.From, from, scale), At(segment.To, from, scale) - At(segment.From, from, scale));
            if (width < 0.005)
                continue;
            if (titled)
                _page.Add($"<rect class=\"{Kind(segment)}\" x=\"{at}%\" width=\"{width}%\" height=\"100%\"><title>{Kind(segment)}: {Figures.Time(segment.Seconds)}, from {Figures.Instant(segment.From)} UTC</title></rect>");
            else
                _page.Add($"<rect class=\"{Kind(segment)}\" x=\"{at}%\" width=\"{width}%\" height=\"100%\"/>");
        }
    }

    private void WriteAxis(string from, string middle, string to) =>
        _page.Add($"<p class=\"axis\" aria-hidden=\"true\"><span>{from}</span><span>{middle}</span><span>{to}</span></p>");

    private int FirstRow => Math.Max(0, _story.Attempts.Count - Rows);

    private static double At(DateTimeOffset time, DateTimeOffset from, TimeSpan scale) => scale > TimeSpan.Zero ? Math.Clamp((time - from) / scale * 100, 0, 100) : 0;

    private static string Kind(Segment segment) => segment.Kind switch
    {
        Spending.Queued => "queued",
        Spending.Starting => "starting",
        Spending.Training => "training",
        Spending.Redone => "redone",
        Spending.Lost => "lost",
        _ => "ending",
    };

    private static string Tone(StoryAttempt attempt) => attempt.IsCutOff || attempt.End.State is "left" or "unreadable" ? "bad" : "well";

    private static string Words(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";
}
