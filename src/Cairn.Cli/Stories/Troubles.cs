using Cairn.Attempts;
using Cairn.Cli.Output;

namespace Cairn.Cli.Stories;

/// <summary>What is wrong with a run: a pure decision. Each is a sentence that says what to do.</summary>
internal static class Troubles
{
    private const double QuietFactor = 20;
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(10);

    public static IReadOnlyList<string> Of(RunStatus status, FolderState facts, DateTimeOffset now)
    {
        List<string> found = [];
        if (status.Story.Newest is not { } newest)
            return status.Queued is { HasFailed: true } job ? [$"Slurm says {job.State} of it{(job.Reason == "None" ? "" : $" ({job.Reason})")}, and no journal of it can be seen: see its log (cairn why {job.Id})"] : found;
        if (End(status, newest) is { } ended)
            found.Add(ended);
        if (status.State is "running" or "starting" && NoProgress(newest, now) is { } stands)
            found.Add(stands);
        if (FailingSaves(status.Story) is { } failing)
            found.Add(failing);
        if (status.State != "finished" && newest.Saves.Count > 0 && facts.FreeBytes is { } free && free < 2 * newest.Saves[^1].Bytes)
            found.Add($"the disk has {Bytes.Words(free)} left, and a checkpoint takes {Bytes.Words(newest.Saves[^1].Bytes)}: make room (cairn prune)");
        if (status.State != "finished" && ShortLead(status.Story) is { } lead)
            found.Add($"{lead.Signal ?? "the warning"} came {Words(lead.LeadSeconds)} before the end, and a step and a save need {Words(lead.NeededSeconds)}: ask for a longer lead (--signal)");
        if (newest.Last<Remembered>()?.Fruitless is { Count: > 1 } fruitless && newest.Saves.Count == 0 && status.State != "finished")
            found.Add($"the last {fruitless.Count} attempts ended without a new checkpoint: give the job more time, or save more often");
        return found;
    }

    private static string? End(RunStatus status, StoryAttempt newest) => status.State switch
    {
        "died" => $"attempt {newest.Number} {newest.End.Words}, and nobody has started it again: see its log, and submit it again",
        "silent" => $"attempt {newest.Number} is {newest.End.Words}: see what Slurm says (cairn why), and submit it again",
        "ended" when newest.End.State is "stopped" or "left" && !IsOnPurpose(newest) => $"attempt {newest.Number} ended, and the run is not finished: {newest.End.Words}",
        _ when newest.End.State == "unreadable" => newest.End.Words,
        _ => null,
    };

    /// <summary>A person has ended it, or the program said to be done for good.</summary>
    private static bool IsOnPurpose(StoryAttempt attempt) => attempt.WrapperDecision is { Kind: EndKind.Cancelled or EndKind.Interrupted or EndKind.StopFile }
        || (attempt.WrapperDecision is null && attempt.Decision?.Cause is "Cancelled" or "Interrupted" or "StopFile" or "Requested");

    private static string? NoProgress(StoryAttempt newest, DateTimeOffset now)
    {
        var last = newest.LastStepAt ?? newest.Began ?? now;
        var longest = 0d;
        Hang? hang = null;
        foreach (var entry in newest.Events)
        {
            if (entry is Progress progress)
            {
                last = Within.Later(last, progress.Time);
                longest = Math.Max(longest, Math.Max(Within.Seconds(progress.LongestSeconds), Within.Seconds(progress.LongestKnownSeconds)));
            }
            else if (entry is Resumed or Saved)
            {
                last = Within.Later(last, entry.Time);
            }
            else if (entry is Hang told)
            {
                hang = told;
            }
        }

        if (hang?.Time < last)
            hang = null;
        var quiet = Within.Between(last, now);
        if (hang is null && quiet <= Math.Max(Quiet.TotalSeconds, QuietFactor * longest))
            return null;
        return $"no progress for {Words(quiet)}{(hang?.Detail is { Length: > 0 } detail ? $" ({detail})" : "")}: see what it waits for";
    }

    // One that died at its start may have died of what its forerunner told.
    private static string? FailingSaves(RunStory story)
    {
        var at = story.Attempts.Count - 1;
        while (at > 0 && story.Attempts[at] is { Claim: null, Events.Count: 0 })
            at--;
        return story.Attempts[at].NewestSave switch
        {
            SaveFailed failed => $"the save of step {failed.Step} failed: {failed.Error}",
            SaveSlow slow => $"the save of step {slow.Step} has been writing for {Words(slow.Seconds)}: is the file system well?",
            _ => null,
        };
    }

    // Of the newest attempt that has been warned.
    private static ShortLead? ShortLead(RunStory story)
    {
        for (var i = story.Attempts.Count - 1; i >= 0; i--)
        {
            if (story.Attempts[i].Last<ShortLead>() is { } lead)
                return lead;
            if (story.Attempts[i].Interruption is not null)
                return null;
        }

        return null;
    }

    private static string Words(double seconds) => Duration.Words(TimeSpan.FromSeconds(Within.Seconds(seconds)));
}
