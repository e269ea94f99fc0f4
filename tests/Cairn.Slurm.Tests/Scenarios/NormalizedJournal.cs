using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cairn.Attempts;

namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>A journal without what differs from play to play: times, ids, numbers of seconds and bytes, and lines that race.</summary>
internal static partial class NormalizedJournal
{
    private static readonly string[] Differing =
        ["time", "job", "process", "program", "cairn_version", "deadline", "bytes"];

    /// <summary>The lines that are left.</summary>
    public static IEnumerable<string> Of(AttemptStory attempt)
    {
        // A requeue, and whatever else kills, may come before the next line is written; a refusal kills nothing.
        var refused = attempt.Events.Any(entry => entry is RequeueAnswered { Result: "Refused" });
        var last = refused ? -1 : attempt.Events.ToList().FindIndex(entry => entry is Stopped { Action: "Requeue" } or Stopped { Cause: "Requeued" });
        var events = last < 0 ? attempt.Events : attempt.Events.Take(last + 1);
        var killed = !attempt.Ended && last < 0;
        // Whether a warning came too late, something hangs, or a long step may not fit any more, depends on how long steps and saves took in
        // that play.
        // What is pruned is told by the thread that saves, before or after what the loop tells meanwhile: last, here.
        return events.Where(entry => entry is not (Progress or ShortLead or Hang or SaveSlow or Saved { Reason: "long-step" }) && !(killed && entry is Interrupted))
            .OrderBy(entry => entry is Pruned).Select(Line);
    }

    private static string Line(JournalEvent entry)
    {
        var json = JsonNode.Parse(JournalForm.Write(entry))!.AsObject();
        foreach (var name in json.Select(property => property.Key).Where(name => Differing.Contains(name) || name.EndsWith("seconds", StringComparison.Ordinal)).ToList())
            json.Remove(name);
        foreach (var name in (string[])["description", "reason", "error"])
        {
            if (json[name] is JsonValue text)
                json[name] = Numbers().Replace(text.GetValue<string>(), "N");
        }

        return json.ToJsonString();
    }

    [GeneratedRegex("[0-9]+([.][0-9]+)?( (ms|s|min))*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Numbers();
}
