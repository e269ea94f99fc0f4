using Cairn.Attempts;

namespace Cairn.Cli.Inspection;

/// <summary>Something that happened, in words.</summary>
/// <param name="Time">When.</param>
/// <param name="Words">What.</param>
internal sealed record StoryLine(DateTimeOffset Time, string Words)
{
    /// <summary>An attempt's story: a line an event; saves one after the other are one line, and progress is none.</summary>
    public static IEnumerable<StoryLine> Of(IReadOnlyList<JournalEvent> events)
    {
        var saves = new List<Saved>();
        foreach (var entry in events)
        {
            if (entry is Saved saved)
            {
                saves.Add(saved);
                continue;
            }

            if (InWords(entry) is not { } words)
                continue;
            if (saves.Count > 0)
                yield return Of(saves);
            saves.Clear();
            yield return new(entry.Time, words);
        }

        if (saves.Count > 0)
            yield return Of(saves);
    }

    private static StoryLine Of(List<Saved> saves) => saves is [var one]
        ? new(one.Time, $"saved step {one.Step} ({one.Reason}): {Bytes.Words(one.Bytes)}, the loop waited {Seconds(one.Seconds)}, durable after {Seconds(one.DurableSeconds)}")
        : new(saves[^1].Time, $"{saves.Count} saves, of steps {saves[0].Step} to {saves[^1].Step}: {Bytes.Words(saves.Sum(one => Math.Clamp(one.Bytes, 0, long.MaxValue / saves.Count)))}, the longest wait {Seconds(saves.Max(one => one.Seconds))}");

    private static string? InWords(JournalEvent entry) => entry switch
    {
        AttemptStarted started => $"began: {(started.Job is { } job ? $"job {job}, restart {started.Restarts}, " : "")}process {started.Process.Pid} on {started.Process.Host}, {started.Program}",
        FolderTaken taken => taken.NewestCheckpoint is { } newest ? $"took the folder; the newest checkpoint is of step {newest}" : "took the folder; no checkpoint yet",
        Resumed { Checkpoint: null, StartedFrom: { } source } resumed => $"starts at step {resumed.Step} with {source}",
        Resumed { Checkpoint: null } => "starts from step 0",
        Resumed resumed => $"resumes at step {resumed.Step} from {resumed.Checkpoint}, {Bytes.Words(Math.Max(0, resumed.Bytes))} in {Seconds(resumed.Seconds)}{List("; passed over: ", resumed.Skipped)}{List("; not as it was: ", resumed.ConditionChanges)}",
        SavesSkipped skipped => $"{skipped.Count} saves left out, of steps {skipped.FirstStep} to {skipped.LastStep}: step {skipped.StepInFlight} was still being written",
        SaveFailed failed => $"the save of step {failed.Step} failed: {failed.Error}",
        SaveSlow slow => $"the save of step {slow.Step} has been writing for {Seconds(slow.Seconds)}",
        Pruned pruned => $"gave up the checkpoints of steps {string.Join(", ", pruned.Steps ?? [])}",
        Interrupted interrupted => $"asked to stop: {interrupted.Description}",
        ShortLead lead => $"{lead.Signal} came {Seconds(lead.LeadSeconds)} before the end; a step and a save need {Seconds(lead.NeededSeconds)}",
        Hang hang => $"no step boundary for {Seconds(hang.Seconds)}, after step {hang.Step}: {hang.Detail}",
        ForcedStop forced => $"ended by force {Seconds(forced.Seconds)} after step {forced.Step}, without a save",
        LeftInStep left => $"left the loop in the middle of step {left.Step}",
        Stopped stopped => $"stopped at step {stopped.Step}, saved at {stopped.SavedStep?.ToString() ?? "none"}: {stopped.Cause}, {stopped.Action} ({stopped.Reason})",
        RequeueAnswered answered => $"requeue: {answered.Result}{(answered.Error is { } error ? $", {error}" : "")}",
        Queued { Submitted: { } submitted, Started: { } started } => $"waited in the queue for {Seconds((started - submitted).TotalSeconds)}",
        ProgramEnded program => $"the program ended{(program.ExitCode is { } code ? $" with code {code}" : "")}: {program.Reason}{(program.Slurm is { } slurm ? $" (Slurm says {slurm})" : "")}",
        Finished finished => $"finished at step {finished.Step} of {finished.Planned}",
        AttemptEnded ended => $"ended ({ended.Outcome}) at step {ended.Step} after {Seconds(ended.Seconds)}{(ended.ExitCode is { } code ? $", exit code {code}" : "")}",
        _ => null,
    };

    private static string List(string before, IReadOnlyList<string>? items) => items is { Count: > 0 } ? before + string.Join("; ", items) : "";

    // A journal may say anything.
    private static string Seconds(double seconds) => seconds is >= 0 and < 1e9 ? Duration.Words(TimeSpan.FromSeconds(seconds)) : $"{seconds} s";
}
