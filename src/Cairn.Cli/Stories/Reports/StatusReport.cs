using System.Text.Json;
using Cairn.Cli.Inspection.Reports;
using Cairn.Cli.Output;
using Cairn.JsonForms;
using Spectre.Console;

namespace Cairn.Cli.Stories.Reports;

/// <summary>Where runs stand: for people a table and a last line, for logs a line a run, for programs JSON.</summary>
internal static class StatusReport
{
    public static void WriteTable(IReadOnlyList<RunStatus> runs, DateTimeOffset now, IAnsiConsole console)
    {
        var sheet = new Sheet("run", "job", "state", ">attempt", ">step", ">steps/s", ">left", ">checkpoint", ">ends in", "metrics", "note");
        foreach (var run in runs)
        {
            var colour = run.Problems.Count > 0 ? "red" : run.State is "running" or "finished" ? "green" : "yellow";
            var words = run.Problems.Count > 0 ? $"[red]{Tables.Plain(string.Join("; ", run.Problems))}[/]" : Tables.Plain(Note(run));
            sheet.Add(
                Tables.Plain(Name(run)),
                Tables.Plain(run.Job ?? ""),
                $"[{colour}]{run.State}[/]",
                InventoryTable.Number(run.Attempt),
                Steps(run),
                run.StepsPerSecond is { } rate && run.State == "running" ? Rate(rate) : "",
                Words(run.SecondsLeft),
                run.CheckpointStep is { } step ? $"{step}{(run.CheckpointTime is { } saved ? $" ({Words(Within.Between(saved, now))} ago)" : "")}" : "",
                run.Deadline is { } end ? Words(Within.Between(now, end)) : "",
                Tables.Plain(MetricWords.Of(run.Metrics)),
                words);
        }

        if (runs.Count > 0)
            sheet.Write(console);
        console.MarkupLine(Verdict(runs) is var (isWell, verdict) && isWell ? $"[green]{verdict}[/]" : $"[red]{verdict}[/]");
    }

    /// <summary>A run in a line.</summary>
    public static string Line(RunStatus run, DateTimeOffset now)
    {
        List<string> words = [$"{Name(run)}{(run.Job is { } job ? $", job {job}" : "")}: {run.State}"];
        Add("attempt ", InventoryTable.Number(run.Attempt));
        Add("step ", Steps(run));
        Add("checkpoint ", InventoryTable.Number(run.CheckpointStep));
        Add("", Words(run.SecondsLeft) is { Length: > 0 } left ? left + " left" : "");
        Add("ends in ", run.Deadline is { } end ? Words(Within.Between(now, end)) : "");
        Add("", MetricWords.Of(run.Metrics));
        foreach (var problem in run.Problems)
            words.Add(problem);
        return string.Join(", ", words);

        void Add(string before, string text)
        {
            if (text.Length > 0)
                words.Add(before + text);
        }
    }

    public static string Json(IReadOnlyList<RunStatus> runs, IReadOnlyList<string> remarks, DateTimeOffset now) => JsonWriting.Indented(json =>
    {
        json.WriteStartObject();
        json.WriteString("time", now);
        json.WriteBoolean("well", Verdict(runs).IsWell);
        json.WriteStartArray("runs");
        foreach (var run in runs)
            Write(json, run);
        json.WriteEndArray();
        json.WriteTexts("remarks", remarks);
        json.WriteEndObject();
    });

    public static (bool IsWell, string Words) Verdict(IReadOnlyList<RunStatus> runs)
    {
        var wrong = 0;
        foreach (var run in runs)
            wrong += run.Problems.Count > 0 ? 1 : 0;
        return runs.Count == 0 ? (true, "No run is in the queue or below this folder.")
            : wrong == 0 ? (true, runs.Count == 1 ? "All is well." : $"All is well with {runs.Count} runs.")
            : (false, $"Something is wrong with {wrong} of {runs.Count} run{(runs.Count == 1 ? "" : "s")}; cairn why FOLDER tells more.");
    }

    private static string Name(RunStatus run) => run.Folder is { } folder
        ? Path.GetRelativePath(Environment.CurrentDirectory, folder) is var relative && !relative.StartsWith("..", StringComparison.Ordinal) ? relative : folder
        : "";

    private static string Note(RunStatus run) => run switch
    {
        { LastStop: { } stop } => stop,
        { Attempt: not null } => "",
        { Queued: { Reason: not "None" } queued } => queued.Reason,
        { Queued: { } queued } => $"nothing that can be seen below {queued.WorkFolder} tells of it",
        _ => "its journals are gone, or no attempt has begun",
    };

    private static string Steps(RunStatus run) => (run.Story.Newest?.ToStep ?? run.Story.Step) is { } step
        ? $"{step}{(run.Story.Planned is { } planned ? $" of {planned}" : "")}"
        : "";

    private static string Rate(double rate) => rate >= 100 ? $"{rate:0}" : $"{rate:0.##}";

    // Whole minutes are enough for what is far.
    private static string Words(double? seconds)
    {
        if (seconds is null)
            return "";
        var unit = seconds < 120 ? 1 : 60;
        return Duration.Words(TimeSpan.FromSeconds(Math.Round(Within.Seconds(seconds.Value) / unit) * unit));
    }

    private static void Write(Utf8JsonWriter json, RunStatus run)
    {
        json.WriteStartObject();
        json.WriteIfThere("folder", run.Folder);
        json.WriteIfThere("job", run.Job);
        json.WriteString("state", run.State);
        json.WriteIfThere("queue", run.Queued?.State);
        json.WriteIfThere("attempt", run.Attempt);
        json.WriteIfThere("step", run.Story.Newest?.ToStep ?? run.Story.Step);
        json.WriteIfThere("planned", run.Story.Planned);
        if (run.StepsPerSecond is { } rate)
            json.WriteReal("steps_per_second", rate);
        if (run.SecondsLeft is { } left)
            json.WriteReal("seconds_left", left);
        json.WriteIfThere("checkpoint_step", run.CheckpointStep);
        json.WriteIfThere("checkpoint_time", run.CheckpointTime);
        json.WriteIfThere("deadline", run.Deadline);
        json.WriteIfThere("last_stop", run.LastStop);
        json.WriteStartObject("metrics");
        foreach (var (name, value) in run.Metrics)
            json.WriteReal(name, value);
        json.WriteEndObject();
        json.WriteTexts("problems", run.Problems);
        json.WriteEndObject();
    }
}
