using Cairn.JsonForms;

namespace Cairn.Notices;

/// <summary>What somebody is told of a job: docs/run.md lists it.</summary>
/// <param name="Event">One of the names below.</param>
/// <param name="Time">When.</param>
/// <param name="Job">The job, as Slurm's commands name it; null without Slurm.</param>
/// <param name="Attempt">Its attempt, from 1.</param>
/// <param name="Host">Where.</param>
/// <param name="Folder">The checkpoint folder; null where there is none.</param>
/// <param name="Step">Completed steps; null where nobody says.</param>
/// <param name="SavedStep">The step of the newest checkpoint; null when there is none, or nobody says.</param>
/// <param name="Cause">Why it stopped, as the journal names it; null where nothing wanted it to.</param>
/// <param name="Reason">In words.</param>
internal sealed record Notice(
    string Event, DateTimeOffset Time, string? Job, int Attempt, string Host, string? Folder, long? Step, long? SavedStep, string? Cause, string Reason)
{
    /// <summary>It goes back in the queue.</summary>
    public const string Requeued = "requeued";

    /// <summary>The work is done.</summary>
    public const string Finished = "finished";

    /// <summary>Somebody wanted it to stop, or somebody else goes on.</summary>
    public const string Stopped = "stopped";

    /// <summary>It has ended and does not come back by itself.</summary>
    public const string GivenUp = "given-up";

    /// <summary>A save has failed, and the one before had not.</summary>
    public const string SaveFailed = "save-failed";

    /// <summary>A line of JSON.</summary>
    public string ToJson() => System.Text.Encoding.UTF8.GetString(JsonWriting.Line(json => JsonFields.Write(json, this, Fields, nulls: true)));

    private static Notice Fields(JsonFields fields, Notice? e) => new(
        fields.Text("event", e?.Event),
        fields.Time("time", e?.Time),
        fields.TextOrNull("job", e?.Job),
        fields.Int("attempt", e?.Attempt),
        fields.Text("host", e?.Host),
        fields.TextOrNull("folder", e?.Folder),
        fields.LongOrNull("step", e?.Step),
        fields.LongOrNull("saved_step", e?.SavedStep),
        fields.TextOrNull("cause", e?.Cause),
        fields.Text("reason", e?.Reason));
}
