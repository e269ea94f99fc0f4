using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cairn.Attempts;

namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>A journal without what differs from play to play: times, ids, numbers of seconds and bytes, and lines that race.</summary>
internal static partial class NormalizedJournal
{
    private static readonly string[] Differing =
        ["time", "job", "process", "program", "cairn_version", "deadline", "bytes", "allocation"];

    /// <summary>What is left of two plays' attempts.</summary>
    public static (string One, string Other) Of(IReadOnlyList<AttemptStory> one, IReadOnlyList<AttemptStory> other)
    {
        // Whether it has to be saved before a long step, and so what is saved and pruned then, depends on how fast that play was.
        var hasSaves = one.Zip(other, (first, second) => !first.Events.Concat(second.Events).Any(entry => entry is Saved { Reason: "long-step" })).ToList();
        return (Of(one, hasSaves), Of(other, hasSaves));
    }

    private static string Of(IReadOnlyList<AttemptStory> attempts, List<bool> hasSaves) =>
        string.Join("\n--\n", attempts.Select((attempt, at) => string.Join('\n', Lines(attempt, at >= hasSaves.Count || hasSaves[at]))));

    private static IEnumerable<string> Lines(AttemptStory attempt, bool hasSaves)
    {
        // A requeue, and whatever else kills, may come before the next line is written; a refusal kills nothing.
        var refused = attempt.Events.Any(entry => entry is RequeueAnswered { Result: "Refused" });
        var last = refused ? -1 : attempt.Events.ToList().FindIndex(entry => entry is Stopped { Action: "Requeue" } or Stopped { Cause: "Requeued" });
        var events = last < 0 ? attempt.Events : attempt.Events.Take(last + 1);
        var killed = !attempt.Ended && last < 0;
        // Slurm's word on the queue comes when it comes. Whether a warning came too late, or something hangs, depends on how long steps and saves took in that play.
        // What is pruned is told by the thread that saves, before or after what the loop tells meanwhile: last, here.
        return events.Where(entry => entry is not (Progress or Queued or ShortLead or Hang or SaveSlow) && !(killed && entry is Interrupted) && (hasSaves || entry is not (Saved or Pruned)))
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

        // Why a job waits in the queue is the queue's affair.
        if (json["slurm"] is JsonValue words && words.GetValue<string>().StartsWith("PENDING", StringComparison.Ordinal))
            json["slurm"] = "PENDING";
        return json.ToJsonString();
    }

    [GeneratedRegex("[0-9]+([.][0-9]+)?( (ms|s|min))*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Numbers();
}
