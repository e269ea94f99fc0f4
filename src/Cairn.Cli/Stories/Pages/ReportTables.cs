namespace Cairn.Cli.Stories.Pages;

/// <summary>What a report says in tables.</summary>
internal static class ReportTables
{
    /// <summary>What stands in place of <see cref="Saves"/> where no attempt tells of any.</summary>
    public const string NoSaves = "Its program saves by itself, and does not tell of it.";

    // Below six minutes hours are zeros.
    private const double ShortRun = 360;

    /// <summary>All runs beside each other.</summary>
    public static ReportTable Runs(IReadOnlyList<ReportedRun> runs)
    {
        var table = new ReportTable("Runs side by side", "run", "job", "state", ">attempts", ">step", ">goodput", ">node time", ">GPU-hours", ">steps lost", ">time lost and redone", ">waiting for saves");
        foreach (var run in runs)
        {
            var spent = run.Story.Spent;
            table.Add(
                run.Name,
                run.Status.Job ?? "",
                run.Status.State,
                Figures.Count(run.Story.Attempts.Count),
                Steps(run.Story),
                Figures.Share(spent.Goodput),
                Figures.Time(spent.Held),
                Figures.Hours(run.Story.GpuSpent?.Held),
                Figures.Count(run.Story.StepsLost),
                Figures.Time(spent.Lost + spent.Redone),
                Figures.Of(spent.Saving, spent.Held));
        }

        return table;
    }

    /// <summary>What the time went into. The kinds are those of <see cref="TimeSpent"/>.</summary>
    public static ReportTable Spent(RunStory story)
    {
        // Of one node they are the hours once more.
        var (spent, gpus, nodes) = (story.Spent, story.GpuSpent, story.NodeSpent is { } all && all.Held > story.Spent.Held ? all : null);
        var isLong = Math.Max(spent.Held, spent.Queued) >= ShortRun;
        var table = new ReportTable("Where the time went", "what", ">time", ">hours", ">share of node time", ">node-hours", ">GPU-hours");
        Add("training", spent.Training, nodes?.Training, gpus?.Training);
        Add("redone", spent.Redone, nodes?.Redone, gpus?.Redone);
        Add("saving", spent.Saving, nodes?.Saving, gpus?.Saving);
        Add("starting", spent.Starting, nodes?.Starting, gpus?.Starting);
        Add("lost", spent.Lost, nodes?.Lost, gpus?.Lost);
        Add("ending", spent.Ending, nodes?.Ending, gpus?.Ending);
        table.Add("node time", Figures.Time(spent.Held), Hours(spent.Held), "", Figures.Hours(nodes?.Held), Figures.Hours(gpus?.Held));
        table.Add("queued", Figures.Time(spent.Queued), Hours(spent.Queued), "", "", "");
        return table;

        void Add(string name, double seconds, double? nodeSeconds, double? gpuSeconds) =>
            table.Add(name, Figures.Time(seconds), Hours(seconds), Figures.Of(seconds, spent.Held), Figures.Hours(nodeSeconds), Figures.Hours(gpuSeconds));

        string Hours(double seconds) => isLong ? Figures.Hours(seconds) : "";
    }

    public static ReportTable Attempts(RunStory story)
    {
        var table = new ReportTable("Attempts", ">attempt", "job", "nodes", "began (UTC)", ">took", ">queued", ">from step", ">to step", ">kept", ">lost", ">redone", ">saves", "how it ended");
        foreach (var attempt in story.Attempts)
        {
            table.Add(
                attempt.Number == 0 ? "" : Figures.Count(attempt.Number),
                attempt.Job ?? "",
                attempt.Allocation?.Nodes ?? attempt.Host ?? "",
                Figures.Instant(attempt.Began),
                Figures.Time(attempt.Spent.Held),
                Figures.Time(attempt.Spent.Queued),
                Figures.Count(attempt.FromStep),
                Figures.Count(attempt.ToStep),
                Figures.Count(attempt.KeptStep),
                Figures.Count(attempt.StepsLost),
                Figures.Count(attempt.StepsRedone),
                attempt.TellsOfSaves ? Figures.Count(attempt.Saves.Count) : "",
                attempt.End.Words);
        }

        return table;
    }

    public static ReportTable Metrics(ReportedRun run)
    {
        var table = new ReportTable("Metrics", "metric", ">values", ">first", ">newest", ">at step", ">lowest", ">at its step", ">highest", ">at that step");
        foreach (var metric in run.Metrics)
        {
            var (lowest, highest) = (metric.Points[0], metric.Points[0]);
            foreach (var point in metric.Points)
            {
                if (point.Value < lowest.Value || double.IsNaN(lowest.Value))
                    lowest = point;
                if (point.Value > highest.Value || double.IsNaN(highest.Value))
                    highest = point;
            }

            table.Add(
                metric.Name,
                Figures.Count(metric.Points.Count),
                Figures.Value(metric.Points[0].Value),
                Figures.Value(metric.Points[^1].Value),
                Figures.Count(metric.Points[^1].Step),
                Figures.Value(lowest.Value),
                Figures.Count(lowest.Step),
                Figures.Value(highest.Value),
                Figures.Count(highest.Step));
        }

        return table;
    }

    public static ReportTable Saves(RunStory story)
    {
        var (costs, interval, spent) = (SaveCosts.Of(story.Attempts), story.Interval, story.Spent);
        var table = new ReportTable("Saves and what they cost", "figure", ">value");
        table.Add("checkpoints saved", Figures.Count(costs.Count));
        table.Add("saves that failed", Figures.Count(costs.Failed));
        table.Add("saves left out, another one being written", Figures.Count(costs.Skipped));
        if (costs.Count > 0)
        {
            table.Add("size, on average", Figures.Bytes(costs.Bytes / costs.Count));
            table.Add("written in all", Figures.Bytes(costs.Bytes));
            table.Add("the loop waited, on average", Figures.Time(costs.StallSeconds / costs.Count));
            table.Add("the loop waited, at most", Figures.Time(costs.LongestStallSeconds));
            table.Add("until durable, on average", Figures.Time(costs.DurableSeconds / costs.Count));
            table.Add("waiting for saves, of the node time", Figures.Of(spent.Saving, spent.Held));
            table.Add("what that added to the time of the steps", Figures.Share(spent.Overhead));
            if (story.OverheadPercent is { } bound)
                table.Add("the schedule's bound on it (WithinOverhead)", Figures.Share(bound / 100));
        }

        table.Add("ends without a chance to save", Figures.Count(interval.Deaths));
        table.Add("node time for each of them", interval.BetweenDeathsSeconds is { } between ? Figures.Time(between) : "there was none");
        table.Add("between two saves of the schedule", interval.Seconds is { } seconds ? Figures.Time(seconds) : "there were no two");
        table.Add("best between two (Young/Daly)", interval.BestSeconds is { } best ? Figures.Time(best) : "cannot be said without such an end and a save");
        return table;
    }

    public static ReportTable Nodes(RunStory story)
    {
        var table = new ReportTable("Nodes", "nodes", ">attempts", ">node time", ">goodput", ">GPU-hours", ">ends without a chance to save");
        foreach (var use in NodeUse.Of(story))
        {
            table.Add(
                use.Nodes.Length == 0 ? "not told" : use.Nodes,
                Figures.Count(use.Attempts),
                Figures.Time(use.Spent.Held),
                Figures.Share(use.Spent.Goodput),
                Figures.Hours(use.GpuSeconds),
                Figures.Count(use.CutOff));
        }

        return table;
    }

    public static string Steps(RunStory story) => story.Step is { } step ? $"{step}{(story.Planned is { } planned ? $" of {planned}" : "")}" : "";
}
