using System.Text.Json;
using Cairn.Attempts;
using Cairn.JsonForms;

namespace Cairn.Cli.Wrapper.History;

/// <summary>The journal of Cairn before 1.0: one file a job, a line at the begin of an attempt and one at its end.</summary>
internal static class OldJournal
{
    private const string Name = "journal.jsonl";
    private const string Began = "Began";

    /// <summary>All that can be read, oldest first; none where there is no such file. A line that was cut off is left out.</summary>
    public static List<WrappedAttempt> Read(string jobFolder)
    {
        var attempts = new List<WrappedAttempt>();
        var path = Path.Combine(jobFolder, Name);
        if (!File.Exists(path))
            return attempts;
        foreach (var line in File.ReadLines(path))
        {
            try
            {
                using var json = JsonDocument.Parse(line);
                if (JsonFields.Read<WrappedAttempt>(json.RootElement, Fields) is not { } attempt)
                    continue;
                // An end comes behind its begin, and more than once where the requeue was tried again.
                if (attempt.End is not null && attempts.Count > 0 && attempts[^1] is { } last && (last.Number, last.Command) == (attempt.Number, attempt.Command))
                    attempts.RemoveAt(attempts.Count - 1);
                attempts.Add(attempt);
            }
            catch (JsonException)
            {
                // A story, not the state: it must not stop a job.
            }
        }

        return attempts;
    }

    private static WrappedAttempt Fields(JsonFields fields, WrappedAttempt? none) => new(
        fields.Int("attempt", null),
        fields.TextOrNull("command", null),
        fields.TextOrNull("kind", null) == Began
            ? null
            : new ProgramEnded(
                fields.Time("time", null),
                fields.OneOf<EndKind>("kind", null),
                fields.IntOrNull("code", null),
                fields.FlagOrNull("progress", null),
                fields.LongOrNull("step", null),
                fields.FlagOrNull("brief", null),
                null,
                fields.OneOf<EndAction>("action", null),
                fields.IntOrNull("final", null),
                fields.Text("reason", null) ?? "",
                null,
                0));
}
