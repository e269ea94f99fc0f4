using System.Text.Json;
using Cairn.Cli.Stories;
using Cairn.Cli.Stories.Pages;
using Cairn.Cli.Stories.Reports;
using ReportJson = Cairn.Cli.Stories.Pages.ReportJson;

namespace Cairn.Cli.Tests.Stories;

/// <summary>All other figures that <c>cairn status</c> and <c>cairn report</c> show of the recorded stories, worked out by hand from the journals.</summary>
public class StoryFiguresTests
{
    // Status: attempt, step/planned, steps a second (from the first to the last step that the newest journal tells of), checkpoint's step, metrics; how the last one ended.
    // Saves: count failed skipped bytes, ms waited in all and at most, ms until durable in all, s between two of the schedule; ends without a save, s for each, s that were best.
    // Nodes: name attempts cut-off s held. Metrics: values up to step newest value, left out.
    public static TheoryData<string, string, string, string, string, string, string> Stories => new()
    {
        {
            "limit", "checkpoints", "2 160/160 1.994 160 loss 0.00625", "finished at step 160",
            "5 0 0 55582 20.583 18.414 145.78 20.07 0 - -", "node-n1 2 0 88.9", "loss 160 160 0.00625 0"
        },
        {
            "warning", "checkpoints", "4 150/150 2.494 150 loss 0.006667", "finished at step 150",
            "7 0 0 77830 26.840 21.848 258.23 16.06 0 - -", "node-n1 4 0 75.9", "loss 150 150 0.006667 0"
        },
        {
            "preemption", "checkpoints", "2 80/80 1.993 80 loss 0.0125", "finished at step 80",
            "5 0 0 55576 29.964 27.760 309.39 10.04 0 - -", "node-p1 2 0 47.9", "loss 80 80 0.0125 0"
        },
        {
            "cancel", "checkpoints", "1 28/400 1.983 28 loss 0.03571", "cancelled: the job is COMPLETING by Slurm's word: not requeued",
            "2 0 0 22230 1.574 1.222 66.30 - 0 - -", "node-n1 1 0 19.2", "loss 28 28 0.03571 0"
        },
        {
            "node-down", "checkpoints", "2 80/80 1.996 80 loss 0.0125", "finished at step 80",
            "5 0 0 55564 6.194 4.096 177.32 10.01 0 - -", "node-f1 1 0 21.0; node-f2 1 0 27.8", "loss 80 80 0.0125 0"
        },
        {
            "array", "checkpoints-0", "2 60/60 1.995 60 loss 0.01667", "finished at step 60",
            "4 0 0 44473 5.990 2.682 164.36 - 0 - -", "node-n1 2 0 39.3", "loss 60 60 0.01667 0"
        },
        {
            "array", "checkpoints-1", "1 60/60 1.995 60 loss 0.01667", "finished at step 60",
            "3 0 0 33349 1.988 1.221 114.16 10.02 0 - -", "node-n1 1 0 34.8", "loss 60 60 0.01667 0"
        },
        {
            // Saves of 0.909 ms on average and one end in 29.45 s: √(2·0.000909·29.45) = 0.2314 s, of which Daly's further terms take two thirds of the save.
            "killed", "checkpoints", "2 80/80 4.961 80 loss 0.0125", "finished at step 80",
            "4 0 0 44455 3.075 1.134 168.67 4.01 1 29.45 0.231", "node-n1 2 1 29.4", "loss 80 80 0.0125 10"
        },
        {
            "finished-restarted", "checkpoints", "2 20/20 4.970 20 loss 0.05", "nothing to do: finished before, at step 20",
            "2 0 0 22215 1.467 1.137 95.23 - 0 - -", "node-n1 2 0 8.9", "loss 20 20 0.05 0"
        },
        {
            "ranks", "checkpoints", "2 80/80 1.996 80 loss 0.0125", "finished at step 80",
            "5 0 0 112687 2.493 0.650 217.46 10.02 0 - -", "node-n[1-2] 2 0 49.1", "loss 80 80 0.0125 0"
        },
        {
            // Saves of 2.03 ms and one end in 50.41 s: √(2·0.00203·50.41) = 0.4528 s. The file of metrics has the first 42 steps and the 48th, of which no attempt has done any again; the journal has the 60th, too.
            "full-disk", "checkpoints", "1 60/60 2.976 20 loss 0.01667", "silent for 24 h 12 min: killed, crashed, or its node is away",
            "2 3 0 60219 4.067 3.660 8.10 2.04 1 50.41 0.451", "node-n1 1 1 50.4", "loss 43 48 0.02083 0"
        },
        {
            "wrapped-python", "checkpoints", "2 80/80 1.797 - loss 0.0125", "the work is done",
            "0 0 0 0 0.000 0.000 0.00 - 0 - -", "node-n1 2 0 49.9", "loss 80 80 0.0125 0"
        },
        {
            "chain", "checkpoints", "3 120/120 1.774 - loss 0.008333", "the work is done",
            "0 0 0 0 0.000 0.000 0.00 - 0 - -", "node-n1 2 0 40.3; node-n2 1 0 30.2", "loss 120 120 0.008333 0"
        },
        {
            "crash-loop", "checkpoints", "2 -/- - - ", "the program failed with exit code 3: not requeued, because it is crash 2 in a row without progress and --requeue-crashes allows 1",
            "0 0 0 0 0.000 0.000 0.00 - 2 5.02 -", "node-n1 2 2 10.0", ""
        },
    };

    // An attempt: its nodes, how many, GPUs, seconds in the queue, seconds held. Of all: node-seconds held, GPU-seconds held and of them in steps that count; hours of these.
    public static TheoryData<string, string[], string, string> Held => new()
    {
        { "limit", ["node-n1 1 2 0.00 50.51", "node-n1 1 2 5.49 38.42"], "88.93 177.86 160.44", "0.049" },
        { "warning", ["node-n1 1 - 0.00 17.93", "node-n1 1 - 7.00 23.12", "node-n1 1 - 6.88 22.42", "node-n1 1 - 10.00 12.43"], "75.90 - -", "" },
        { "preemption", ["node-p1 1 - 1.00 25.52", "node-p1 1 - 15.48 22.41"], "47.93 - -", "" },
        { "node-down", ["node-f1 1 - 1.00 20.97", "node-f2 1 - 5.03 27.76"], "48.74 - -", "" },
        { "killed", ["node-n1 1 1 0.00 14.96", "node-n1 1 3 0.00 14.49"], "29.45 58.42 32.24", "0.016" }, // another number of GPUs each: 14.962 + 3 · 14.486, and 8.054 + 3 · (6.050 + 2.011)
        { "ranks", ["node-n[1-2] 2 6 1.00 16.40", "node-n[1-2] 2 6 11.00 32.75"], "98.29 294.88 240.45", "0.082" }, // two nodes with three GPUs each
        { "wrapped-python", ["node-n1 1 2 0.00 16.35", "node-n1 1 2 6.65 33.58"], "49.93 99.87 93.92", "0.028" },
        { "chain", ["node-n1 1 - 1.00 15.52", "node-n2 1 - 0.00 30.18", "node-n1 1 - 0.00 24.78"], "70.47 - -", "" },
        { "crash-loop", ["node-n1 1 - 1.00 5.63", "node-n1 1 - 5.37 4.41"], "10.04 - -", "" },
    };

    [Theory]
    [MemberData(nameof(Held))]
    public void What_was_waited_for_and_held_follows_from_Slurms_word(string name, string[] attempts, string seconds, string hours)
    {
        var run = ReportedStories.Recorded(name);
        using var report = JsonDocument.Parse(ReportJson.Of([run], [], RecordedStory.Now));
        var story = report.RootElement.GetProperty("runs")[0];
        Assert.Equal(attempts, story.GetProperty("attempts").EnumerateArray().Select(attempt =>
            $"{attempt.GetProperty("nodes").GetString()} {Of(attempt, "node_count")} {Of(attempt, "gpus")} {Of(attempt.GetProperty("seconds"), "queued", "0.00")} {Of(attempt.GetProperty("seconds"), "held", "0.00")}"));
        var gpus = story.TryGetProperty("gpu_seconds", out var told) ? $"{Of(told, "held", "0.00")} {(told.GetProperty("training").GetDouble() + told.GetProperty("redone").GetDouble()).ToString("0.00", System.Globalization.CultureInfo.InvariantCulture)}" : "- -";
        Assert.Equal(seconds, $"{Of(story.GetProperty("node_seconds"), "held", "0.00")} {gpus}");
        var spent = ReportTables.Spent(run.Story);
        var total = Assert.Single(spent.Rows, row => row[0] == "node time");
        Assert.Equal(hours, total[Array.IndexOf(spent.Columns, ">GPU-hours")]);
        Assert.Equal(name == "ranks" ? "0.027" : "", total[Array.IndexOf(spent.Columns, ">node-hours")]); // 98.29 s; of one node they are the hours
    }

    [Theory]
    [MemberData(nameof(Stories))]
    public void Figures_are_those_that_follow_from_the_journals(string name, string folder, string status, string last, string saves, string nodes, string metrics)
    {
        using var recorded = new RecordedStory(name);
        var path = Path.Combine(recorded.Home, folder);
        var looked = new FoundRun(path, null).Look(RecordedStory.Now);
        using var told = JsonDocument.Parse(StatusReport.Json([looked], [], RecordedStory.Now));
        var one = told.RootElement.GetProperty("runs")[0];
        Assert.Equal(status, $"{Of(one, "attempt")} {Of(one, "step")}/{Of(one, "planned")} {Of(one, "steps_per_second", "0.000")} {Of(one, "checkpoint_step")} {string.Join(' ', one.GetProperty("metrics").EnumerateObject().Select(metric => $"{metric.Name} {metric.Value.GetDouble():G4}"))}");
        Assert.Equal(last, one.GetProperty("last_stop").GetString());
        Assert.False(one.TryGetProperty("deadline", out _) || one.TryGetProperty("seconds_left", out _)); // nothing runs

        var run = ReportedRun.Read(path, looked, RecordedStory.Now);
        using var report = JsonDocument.Parse(ReportJson.Of([run], [], RecordedStory.Now));
        var story = report.RootElement.GetProperty("runs")[0];
        var cost = story.GetProperty("saves");
        Assert.Equal(
            saves,
            $"{Of(cost, "count")} {Of(cost, "failed")} {Of(cost, "skipped")} {Of(cost, "bytes")} {Of(cost, "stall_seconds", "0.000", 1000)} {Of(cost, "longest_stall_seconds", "0.000", 1000)} {Of(cost, "durable_seconds", "0.00", 1000)} "
            + $"{Of(cost, "interval_seconds", "0.00")} {story.GetProperty("attempts").EnumerateArray().Count(attempt => attempt.GetProperty("cut_off").GetBoolean())} {Of(cost, "between_deaths_seconds", "0.00")} {Of(cost, "best_interval_seconds", "0.000")}");
        Assert.Equal(nodes, string.Join("; ", story.GetProperty("nodes").EnumerateArray().Select(use =>
            $"{(use.GetProperty("nodes").GetString() is { Length: > 0 } words ? words : "not told")} {Of(use, "attempts")} {Of(use, "cut_off")} {Of(use.GetProperty("seconds"), "held", "0.0")}")));
        Assert.Equal(metrics, string.Join("; ", story.GetProperty("metrics").EnumerateArray().Select(metric =>
            $"{metric.GetProperty("name").GetString()} {Of(metric, "values")} {Of(metric, "newest_step")} {Of(metric, "newest", "G4")} {Of(story, "left_out_reports")}")));

        // The page and Markdown show the same.
        Assert.All((string[])[ReportPage.Of([run], [], RecordedStory.Now), ReportMarkdown.Of([run], [], RecordedStory.Now)], text =>
        {
            Assert.Contains(Figures.Share(run.Story.Spent.Goodput), text, StringComparison.Ordinal);
            Assert.Contains(Figures.Time(run.Story.Spent.Held), text, StringComparison.Ordinal);
        });
    }

    private static string Of(JsonElement of, string name, string form = "0", double times = 1) => of.TryGetProperty(name, out var number) ? (number.GetDouble() * times).ToString(form, System.Globalization.CultureInfo.InvariantCulture) : "-";
}
