using System.Text.Json;

namespace Cairn.Attempts;

/// <summary>The form of the journal's lines: the name of each event, and its fields in order, once for writing and reading.</summary>
internal static class JournalForm
{
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
    public static void Write(Utf8JsonWriter writer, JournalEvent entry)
    {
        writer.WriteStartObject();
        writer.WriteString("event", NameOf(entry));
        Pass(NameOf(entry), new JournalFields(writer), entry);
        writer.WriteEndObject();
    }

    /// <summary>With what the line of an event begins.</summary>
    public static byte[] BeginOf(string name) => System.Text.Encoding.ASCII.GetBytes($"{{\"event\":\"{name}\"");

    /// <summary>The event of a line; null when it cannot be read or is of a kind that is not known.</summary>
    public static JournalEvent? Read(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return EventOf(json.RootElement) is { } name ? Pass(name, new JournalFields(json.RootElement), null) : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
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
            if (member.NameEquals("event") != name is null)
                return null;
            name ??= member.Value.GetString();
            if (name is null)
                return null;
        }

        return name;
    }

    private static string NameOf(JournalEvent entry) => entry switch
    {
        AttemptStarted => "attempt-started",
        FolderTaken => "folder-taken",
        Remembered => "remembered",
        Resumed => "resumed",
        Progress => "progress",
        Saved => "saved",
        SavesSkipped => "saves-skipped",
        SaveFailed => "save-failed",
        SaveSlow => "save-slow",
        Pruned => "pruned",
        Interrupted => "interrupted",
        ShortLead => "short-lead",
        Hang => "hang",
        ForcedStop => "forced-stop",
        LeftInStep => "left-in-step",
        Stopped => "stopped",
        RequeueAnswered => "requeue-answered",
        Finished => "finished",
        AttemptEnded => "attempt-ended",
        _ => throw new ArgumentException($"no such event: {entry}", nameof(entry)),
    };

    /// <summary>Writes the fields of <paramref name="e"/>, or reads them where it is null.</summary>
    private static JournalEvent? Pass(string name, JournalFields fields, JournalEvent? e)
    {
        JournalEvent? passed = name switch
        {
            "attempt-started" => Pass(fields, e as AttemptStarted),
            "folder-taken" => Pass(fields, e as FolderTaken),
            "remembered" => Pass(fields, e as Remembered),
            "resumed" => Pass(fields, e as Resumed),
            "progress" => Pass(fields, e as Progress),
            "saved" => Pass(fields, e as Saved),
            "saves-skipped" => Pass(fields, e as SavesSkipped),
            "save-failed" => Pass(fields, e as SaveFailed),
            "save-slow" => Pass(fields, e as SaveSlow),
            "pruned" => Pass(fields, e as Pruned),
            "interrupted" => Pass(fields, e as Interrupted),
            "short-lead" => Pass(fields, e as ShortLead),
            "hang" => Pass(fields, e as Hang),
            "forced-stop" => Pass(fields, e as ForcedStop),
            "left-in-step" => Pass(fields, e as LeftInStep),
            "stopped" => Pass(fields, e as Stopped),
            "requeue-answered" => Pass(fields, e as RequeueAnswered),
            "finished" => Pass(fields, e as Finished),
            "attempt-ended" => Pass(fields, e as AttemptEnded),
            _ => null,
        };
        return passed is null ? null : passed with { Time = fields.Time("time", e?.Time) };
    }

    private static AttemptStarted Pass(JournalFields fields, AttemptStarted? e) => new(
        Unset,
        fields.Int("attempt", e?.Attempt),
        fields.TextOrNull("job", e?.Job),
        fields.Int("restarts", e?.Restarts),
        fields.TextOrNull("step", e?.Step),
        fields.Int("world_size", e?.WorldSize),
        fields.Object("process", e?.Process, Pass)!,
        fields.Text("program", e?.Program),
        fields.Text("cairn_version", e?.CairnVersion));

    private static ProcessIdentity Pass(JournalFields fields, ProcessIdentity? e) => new(
        fields.Text("host", e?.Host), fields.Text("boot", e?.Boot), fields.Int("pid", e?.Pid), fields.Long("start_ticks", e?.StartTicks));

    private static FolderTaken Pass(JournalFields fields, FolderTaken? e) => new(Unset, fields.LongOrNull("newest_checkpoint", e?.NewestCheckpoint));

    private static Remembered Pass(JournalFields fields, Remembered? e) => new(
        Unset,
        fields.LongOrNull("finished_step", e?.FinishedStep),
        fields.LongOrNull("finished_planned", e?.FinishedPlanned),
        fields.Longs("fruitless", e?.Fruitless),
        fields.LongOrNull("warned_attempt", e?.WarnedAttempt),
        fields.TextOrNull("warned_signal", e?.WarnedSignal),
        fields.Real("warned_lead_seconds", e?.WarnedLeadSeconds));

    private static Resumed Pass(JournalFields fields, Resumed? e) => new(
        Unset,
        fields.Long("step", e?.Step),
        fields.TextOrNull("checkpoint", e?.Checkpoint),
        fields.Long("bytes", e?.Bytes),
        fields.Real("seconds", e?.Seconds),
        fields.Texts("skipped", e?.Skipped),
        fields.Texts("condition_changes", e?.ConditionChanges),
        fields.TimeOrNull("deadline", e?.Deadline),
        fields.LongOrNull("planned", e?.Planned),
        fields.TextOrNull("started_from", e?.StartedFrom));

    private static Progress Pass(JournalFields fields, Progress? e) => new(
        Unset,
        fields.Long("step", e?.Step),
        fields.Long("steps", e?.Steps),
        fields.Real("mean_seconds", e?.MeanSeconds),
        fields.Real("deviation_seconds", e?.DeviationSeconds),
        fields.Real("longest_seconds", e?.LongestSeconds),
        fields.RealsOrNull("metrics", e?.Metrics),
        fields.Real("longest_known_seconds", e?.LongestKnownSeconds));

    private static Saved Pass(JournalFields fields, Saved? e) => new(
        Unset,
        fields.Long("step", e?.Step),
        fields.Text("reason", e?.Reason),
        fields.Long("bytes", e?.Bytes),
        fields.Real("seconds", e?.Seconds),
        fields.Real("durable_seconds", e?.DurableSeconds));

    private static SavesSkipped Pass(JournalFields fields, SavesSkipped? e) => new(
        Unset,
        fields.Long("count", e?.Count),
        fields.Long("first_step", e?.FirstStep),
        fields.Long("last_step", e?.LastStep),
        fields.Long("step_in_flight", e?.StepInFlight));

    private static SaveFailed Pass(JournalFields fields, SaveFailed? e) => new(
        Unset, fields.Long("step", e?.Step), fields.Text("reason", e?.Reason), fields.Text("error", e?.Error));

    private static SaveSlow Pass(JournalFields fields, SaveSlow? e) => new(Unset, fields.Long("step", e?.Step), fields.Real("seconds", e?.Seconds));

    private static Pruned Pass(JournalFields fields, Pruned? e) => new(Unset, fields.Longs("steps", e?.Steps));

    private static Interrupted Pass(JournalFields fields, Interrupted? e) => new(
        Unset,
        fields.Text("kind", e?.Kind),
        fields.TextOrNull("signal", e?.Signal),
        fields.Text("description", e?.Description),
        fields.TimeOrNull("deadline", e?.Deadline));

    private static ShortLead Pass(JournalFields fields, ShortLead? e) => new(
        Unset, fields.Text("signal", e?.Signal), fields.Real("lead_seconds", e?.LeadSeconds), fields.Real("needed_seconds", e?.NeededSeconds));

    private static Hang Pass(JournalFields fields, Hang? e) => new(
        Unset,
        fields.Long("step", e?.Step),
        fields.Real("seconds", e?.Seconds),
        fields.Real("longest_seconds", e?.LongestSeconds),
        fields.Text("detail", e?.Detail));

    private static ForcedStop Pass(JournalFields fields, ForcedStop? e) => new(
        Unset, fields.Long("step", e?.Step), fields.Real("seconds", e?.Seconds), fields.Text("during", e?.During));

    private static LeftInStep Pass(JournalFields fields, LeftInStep? e) => new(Unset, fields.Long("step", e?.Step));

    private static Stopped Pass(JournalFields fields, Stopped? e) => new(
        Unset,
        fields.Long("step", e?.Step),
        fields.LongOrNull("saved_step", e?.SavedStep),
        fields.Text("cause", e?.Cause),
        fields.Text("action", e?.Action),
        fields.Text("reason", e?.Reason));

    private static RequeueAnswered Pass(JournalFields fields, RequeueAnswered? e) => new(
        Unset, fields.Text("result", e?.Result), fields.TextOrNull("error", e?.Error));

    private static Finished Pass(JournalFields fields, Finished? e) => new(Unset, fields.Long("step", e?.Step), fields.Long("planned", e?.Planned));

    private static AttemptEnded Pass(JournalFields fields, AttemptEnded? e) => new(
        Unset,
        fields.Text("outcome", e?.Outcome),
        fields.Long("step", e?.Step),
        fields.IntOrNull("exit_code", e?.ExitCode),
        fields.Real("seconds", e?.Seconds));
}
