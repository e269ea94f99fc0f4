using System.Text.Json;
using Cairn.JsonForms;

namespace Cairn.Cli.Stories.Pages;

/// <summary>A report for programs; seconds and steps as the story has them.</summary>
internal static class ReportJson
{
    public static string Of(IReadOnlyList<ReportedRun> runs, IReadOnlyList<string> remarks, DateTimeOffset now) => JsonWriting.Indented(json =>
    {
        json.WriteStartObject();
        json.WriteString("time", now);
        json.WriteStartArray("runs");
        foreach (var run in runs)
            Write(json, run);
        json.WriteEndArray();
        json.WriteTexts("remarks", remarks);
        json.WriteEndObject();
    });

    private static void Write(Utf8JsonWriter json, ReportedRun run)
    {
        var (story, costs, interval) = (run.Story, SaveCosts.Of(run.Story.Attempts), run.Story.Interval);
        json.WriteStartObject();
        json.WriteString("folder", story.Folder);
        json.WriteIfThere("job", run.Status.Job);
        json.WriteString("state", run.Status.State);
        json.WriteIfThere("step", story.Step);
        json.WriteIfThere("planned", story.Planned);
        json.WriteNumber("steps_lost", story.StepsLost);
        json.WriteNumber("steps_redone", story.StepsRedone);
        Write(json, "seconds", story.Spent);
        if (story.NodeSpent is { } nodes)
            Write(json, "node_seconds", nodes);
        if (story.GpuSpent is { } gpus)
            Write(json, "gpu_seconds", gpus);
        json.WriteStartObject("saves");
        json.WriteNumber("count", costs.Count);
        json.WriteNumber("failed", costs.Failed);
        json.WriteNumber("skipped", costs.Skipped);
        json.WriteReal("bytes", costs.Bytes);
        json.WriteReal("stall_seconds", costs.StallSeconds);
        json.WriteReal("longest_stall_seconds", costs.LongestStallSeconds);
        json.WriteReal("durable_seconds", costs.DurableSeconds);
        WriteReal(json, "overhead_percent", story.Spent.Overhead * 100);
        WriteReal(json, "overhead_bound_percent", story.OverheadPercent);
        WriteReal(json, "interval_seconds", interval.Seconds);
        WriteReal(json, "best_interval_seconds", interval.BestSeconds);
        WriteReal(json, "between_deaths_seconds", interval.BetweenDeathsSeconds);
        json.WriteEndObject();
        json.WriteStartArray("nodes");
        foreach (var use in NodeUse.Of(story))
        {
            json.WriteStartObject();
            json.WriteString("nodes", use.Nodes);
            json.WriteNumber("attempts", use.Attempts);
            json.WriteNumber("cut_off", use.CutOff);
            Write(json, "seconds", use.Spent);
            WriteReal(json, "gpu_seconds", use.GpuSeconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("attempts");
        foreach (var attempt in story.Attempts)
            Write(json, attempt);
        json.WriteEndArray();
        json.WriteStartArray("metrics");
        foreach (var metric in run.Metrics)
        {
            json.WriteStartObject();
            json.WriteString("name", metric.Name);
            json.WriteNumber("values", metric.Points.Count);
            json.WriteNumber("newest_step", metric.Points[^1].Step);
            json.WriteReal("newest", metric.Points[^1].Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("left_out_reports", run.Folded);
        json.WriteIfThere("why", run.Why?.Paragraph);
        json.WriteTexts("problems", run.Status.Problems);
        json.WriteTexts("remarks", run.Remarks);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, StoryAttempt attempt)
    {
        json.WriteStartObject();
        json.WriteIfThere("attempt", attempt.Number == 0 ? null : attempt.Number);
        json.WriteIfThere("job", attempt.Job);
        json.WriteIfThere("nodes", attempt.Allocation?.Nodes ?? attempt.Host);
        json.WriteIfThere("node_count", attempt.Allocation?.NodeCount);
        json.WriteIfThere("gpus", attempt.Allocation?.Gpus);
        json.WriteIfThere("queued_since", attempt.QueuedSince);
        json.WriteIfThere("began", attempt.Began);
        json.WriteIfThere("ended", attempt.Ended);
        json.WriteString("state", attempt.End.State);
        json.WriteString("end", attempt.End.Words);
        json.WriteBoolean("cut_off", attempt.IsCutOff);
        json.WriteIfThere("from_step", attempt.FromStep);
        json.WriteIfThere("to_step", attempt.ToStep);
        json.WriteIfThere("kept_step", attempt.KeptStep);
        json.WriteNumber("steps_lost", attempt.StepsLost);
        json.WriteNumber("steps_redone", attempt.StepsRedone);
        json.WriteNumber("saves", attempt.Saves.Count);
        Write(json, "seconds", attempt.Spent);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, TimeSpent spent)
    {
        json.WriteStartObject(name);
        json.WriteReal("queued", spent.Queued);
        json.WriteReal("starting", spent.Starting);
        json.WriteReal("training", spent.Training);
        json.WriteReal("redone", spent.Redone);
        json.WriteReal("saving", spent.Saving);
        json.WriteReal("lost", spent.Lost);
        json.WriteReal("ending", spent.Ending);
        json.WriteReal("held", spent.Held);
        WriteReal(json, "goodput", spent.Goodput);
        json.WriteEndObject();
    }

    private static void WriteReal(Utf8JsonWriter json, string name, double? real)
    {
        if (real is { } value)
            json.WriteReal(name, value);
    }
}
