using System.Text.Json;
using Cairn.JsonForms;

namespace Cairn.Attempts;

/// <summary>The form of the journal's lines: the name of each event, and its fields in order, once for writing and reading.</summary>
internal static class JournalForm
{
    private const string Event = "event";

    private static readonly Form[] Forms =
    [
        Form.Of<AttemptStarted>("attempt-started", (fields, e) => new(
            Unset,
            fields.Int("attempt", e?.Attempt),
            fields.TextOrNull("job", e?.Job),
            fields.Int("restarts", e?.Restarts),
            fields.TextOrNull("step", e?.Step),
            fields.Int("world_size", e?.WorldSize),
            fields.ObjectOrNull("process", e?.Process, Process)!,
            fields.Text("program", e?.Program),
            fields.Text("cairn_version", e?.CairnVersion),
            fields.TextOrNull("control", e?.Control),
            fields.ObjectOrNull("allocation", e?.Allocation, Allocation.Fields),
            fields.TextOrNull("command", e?.Command),
            fields.TextOrNull("checkpoints", e?.Checkpoints))),
        Form.Of<Queued>("queued", (fields, e) => new(
            Unset, fields.TimeOrNull("submitted", e?.Submitted), fields.TimeOrNull("eligible", e?.Eligible), fields.TimeOrNull("started", e?.Started))),
        Form.Of<FolderTaken>("folder-taken", (fields, e) => new(Unset, fields.LongOrNull("newest_checkpoint", e?.NewestCheckpoint))),
        Form.Of<Remembered>("remembered", (fields, e) => new(
            Unset,
            fields.LongOrNull("finished_step", e?.FinishedStep),
            fields.LongOrNull("finished_planned", e?.FinishedPlanned),
            fields.Longs("fruitless", e?.Fruitless),
            fields.LongOrNull("warned_attempt", e?.WarnedAttempt),
            fields.TextOrNull("warned_signal", e?.WarnedSignal),
            fields.Real("warned_lead_seconds", e?.WarnedLeadSeconds))),
        Form.Of<Resumed>("resumed", (fields, e) => new(
            Unset,
            fields.Long("step", e?.Step),
            fields.TextOrNull("checkpoint", e?.Checkpoint),
            fields.Long("bytes", e?.Bytes),
            fields.Real("seconds", e?.Seconds),
            fields.Texts("skipped", e?.Skipped),
            fields.Texts("condition_changes", e?.ConditionChanges),
            fields.TimeOrNull("deadline", e?.Deadline),
            fields.LongOrNull("planned", e?.Planned),
            fields.TextOrNull("started_from", e?.StartedFrom),
            fields.TextOrNull("choice", e?.Choice),
            fields.RealOrNull("overhead_percent", e?.OverheadPercent))),
        Form.Of<Progress>("progress", (fields, e) => new(
            Unset,
            fields.Long("step", e?.Step),
            fields.Long("steps", e?.Steps),
            fields.Real("mean_seconds", e?.MeanSeconds),
            fields.Real("deviation_seconds", e?.DeviationSeconds),
            fields.Real("longest_seconds", e?.LongestSeconds),
            fields.RealsOrNull("metrics", e?.Metrics),
            fields.Real("longest_known_seconds", e?.LongestKnownSeconds),
            fields.LongOrNull("planned", e?.Planned))),
        Form.Of<Saved>("saved", (fields, e) => new(
            Unset,
            fields.Long("step", e?.Step),
            fields.Text("reason", e?.Reason),
            fields.Long("bytes", e?.Bytes),
            fields.Real("seconds", e?.Seconds),
            fields.Real("durable_seconds", e?.DurableSeconds))),
        Form.Of<SavesSkipped>("saves-skipped", (fields, e) => new(
            Unset,
            fields.Long("count", e?.Count),
            fields.Long("first_step", e?.FirstStep),
            fields.Long("last_step", e?.LastStep),
            fields.Long("step_in_flight", e?.StepInFlight))),
        Form.Of<SaveFailed>("save-failed", (fields, e) => new(
            Unset, fields.Long("step", e?.Step), fields.Text("reason", e?.Reason), fields.Text("error", e?.Error))),
        Form.Of<SaveSlow>("save-slow", (fields, e) => new(Unset, fields.Long("step", e?.Step), fields.Real("seconds", e?.Seconds))),
        Form.Of<Pruned>("pruned", (fields, e) => new(Unset, fields.Longs("steps", e?.Steps))),
        Form.Of<Interrupted>("interrupted", (fields, e) => new(
            Unset,
            fields.Text("kind", e?.Kind),
            fields.TextOrNull("signal", e?.Signal),
            fields.Text("description", e?.Description),
            fields.TimeOrNull("deadline", e?.Deadline))),
        Form.Of<ShortLead>("short-lead", (fields, e) => new(
            Unset, fields.Text("signal", e?.Signal), fields.Real("lead_seconds", e?.LeadSeconds), fields.Real("needed_seconds", e?.NeededSeconds))),
        Form.Of<Hang>("hang", (fields, e) => new(
            Unset,
            fields.Long("step", e?.Step),
            fields.Real("seconds", e?.Seconds),
            fields.Real("longest_seconds", e?.LongestSeconds),
            fields.Text("detail", e?.Detail))),
        Form.Of<ForcedStop>("forced-stop", (fields, e) => new(
            Unset, fields.Long("step", e?.Step), fields.Real("seconds", e?.Seconds), fields.Text("during", e?.During))),
        Form.Of<RankLost>("rank-lost", (fields, e) => new(
            Unset, fields.Int("rank", e?.Rank), fields.Long("step", e?.Step), fields.Text("description", e?.Description))),
        Form.Of<LeftInStep>("left-in-step", (fields, e) => new(Unset, fields.Long("step", e?.Step))),
        Form.Of<Stopped>("stopped", (fields, e) => new(
            Unset,
            fields.Long("step", e?.Step),
            fields.LongOrNull("saved_step", e?.SavedStep),
            fields.Text("cause", e?.Cause),
            fields.Text("action", e?.Action),
            fields.Text("reason", e?.Reason),
            fields.TextOrNull("slurm", e?.Slurm))),
        Form.Of<ProgramEnded>("program-ended", (fields, e) => new(
            Unset,
            fields.OneOf("kind", e?.Kind),
            fields.IntOrNull("exit_code", e?.ExitCode),
            fields.FlagOrNull("progress", e?.Progress),
            fields.LongOrNull("saved_step", e?.SavedStep),
            fields.FlagOrNull("brief", e?.Brief),
            fields.TextOrNull("cause", e?.Cause),
            fields.OneOf("action", e?.Action),
            fields.IntOrNull("final", e?.Final),
            fields.Text("reason", e?.Reason),
            fields.TextOrNull("slurm", e?.Slurm),
            fields.Real("seconds", e?.Seconds))),
        Form.Of<RequeueAnswered>("requeue-answered", (fields, e) => new(
            Unset, fields.Text("result", e?.Result), fields.TextOrNull("error", e?.Error))),
        Form.Of<Finished>("finished", (fields, e) => new(Unset, fields.Long("step", e?.Step), fields.Long("planned", e?.Planned))),
        Form.Of<AttemptEnded>("attempt-ended", (fields, e) => new(
            Unset,
            fields.Text("outcome", e?.Outcome),
            fields.Long("step", e?.Step),
            fields.IntOrNull("exit_code", e?.ExitCode),
            fields.Real("seconds", e?.Seconds))),
    ];

    // Comes with the time, the last field of each line.
    private static DateTimeOffset Unset => default;

    /// <summary>The bytes of a line, without its end.</summary>
    public static byte[] Write(JournalEvent entry)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            Write(writer, entry);
        return stream.ToArray();
    }

    /// <summary>The event as one value among others.</summary>
    public static void Write(Utf8JsonWriter writer, JournalEvent entry) =>
        JsonFields.Write(writer, entry, Array.Find(Forms, form => form.Type == entry.GetType())!.Line, nulls: false);

    /// <summary>With what the line of an event begins.</summary>
    public static byte[] BeginOf(string name) => System.Text.Encoding.ASCII.GetBytes($"{{\"{Event}\":\"{name}\"");

    /// <summary>The event of a line; null when it cannot be read or is of a kind that is not known.</summary>
    public static JournalEvent? Read(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return EventOf(json.RootElement) is { } name && Array.Find(Forms, form => form.Name == name) is { } form
                ? JsonFields.Read<JournalEvent>(json.RootElement, form.Line)
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    // The first member, and not there again.
    private static string? EventOf(JsonElement line)
    {
        string? name = null;
        foreach (var member in line.EnumerateObject())
        {
            if (member.NameEquals(Event) != name is null)
                return null;
            name ??= member.Value.GetString();
            if (name is null)
                return null;
        }

        return name;
    }

    private static ProcessIdentity Process(JsonFields fields, ProcessIdentity? e) => new(
        fields.Text("host", e?.Host), fields.Text("boot", e?.Boot), fields.Int("pid", e?.Pid), fields.Long("start_ticks", e?.StartTicks));

    private sealed record Form(string Name, Type Type, Func<JsonFields, JournalEvent?, JournalEvent> Fields)
    {
        public static Form Of<T>(string name, Func<JsonFields, T?, T> fields)
            where T : JournalEvent => new(name, typeof(T), (all, entry) => fields(all, (T?)entry));

        /// <summary>Writes the fields of an event, or reads them where it is null.</summary>
        public JournalEvent Line(JsonFields fields, JournalEvent? entry)
        {
            fields.Text(Event, Name);
            return Fields(fields, entry) with { Time = fields.Time("time", entry?.Time) };
        }
    }
}
