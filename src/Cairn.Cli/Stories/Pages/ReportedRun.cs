using Cairn.Attempts;
using Cairn.Cli.Inspection;

namespace Cairn.Cli.Stories.Pages;

/// <summary>A run as a report tells it.</summary>
/// <param name="Name">Its folder, from where it is asked for.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Story">All its attempts.</param>
/// <param name="Metrics">What it reported, each step once.</param>
/// <param name="Folded">How many reports are of steps that do not count, or were done again.</param>
/// <param name="Remarks">What could not be read, a sentence each.</param>
internal sealed record ReportedRun(string Name, RunStatus Status, RunStory Story, IReadOnlyList<MetricSeries> Metrics, int Folded, IReadOnlyList<string> Remarks)
{
    /// <summary>Why its newest attempt ended, or how it stands; null before the first.</summary>
    public Why? Why => Story.Newest is { } newest ? Why.Of(Story, newest, null, Status.Queued) : null;

    /// <summary>Reads those that were found; a job whose folder is not known has no report.</summary>
    public static (IReadOnlyList<ReportedRun> Runs, IReadOnlyList<string> Remarks) Read(RunSearch search, DateTimeOffset now)
    {
        List<ReportedRun> runs = [];
        List<string> remarks = [.. search.Remarks];
        foreach (var found in search.Runs)
        {
            if (found.Folder is { } folder)
                runs.Add(Read(folder, found.Look(now), now));
            else
                remarks.Add($"job {found.Queued?.Id} is left out: no folder is known that it works in");
        }

        return (runs, remarks);
    }

    /// <summary>Reads one.</summary>
    public static ReportedRun Read(string folder, RunStatus status, DateTimeOffset now)
    {
        var (story, found) = (RunStory.Read(folder, now), FoundMetrics.In(folder));
        var metrics = MetricSeries.Of(found, []);
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, folder);
        return new(
            relative.StartsWith("..", StringComparison.Ordinal) ? folder : relative == "." ? Path.GetFileName(folder) : relative,
            status,
            story,
            metrics.Count > 0 ? metrics : OfJournals(story),
            found.History.LeftOut,
            found.Problems);
    }

    // Where no file of metrics is left, or an older Cairn wrote none: what the journals noted once a minute.
    private static List<MetricSeries> OfJournals(RunStory story)
    {
        var points = new SortedDictionary<string, List<MetricPoint>>(StringComparer.Ordinal);
        foreach (var attempt in story.Attempts)
        {
            foreach (var entry in attempt.Events)
            {
                if (entry is not Progress { Metrics: { } metrics } progress || progress.Step > attempt.KeptStep)
                    continue;
                foreach (var (name, value) in metrics)
                {
                    if (!points.TryGetValue(name, out var series))
                        points[name] = series = [];
                    series.Add(new(attempt.Number, progress.Step, value, progress.Time));
                }
            }
        }

        List<MetricSeries> all = [];
        foreach (var (name, series) in points)
            all.Add(new(name, series));
        return all;
    }
}
