using Cairn.Attempts;
using Cairn.Checkpoints;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>The first move: puts the newest valid checkpoint back, and says in one line what this attempt begins with.</summary>
internal static class RunStart
{
    /// <summary>Restores.</summary>
    /// <returns>The number of completed steps.</returns>
    /// <exception cref="ConditionChangedException">A condition of exactness differs, and the run is strict.</exception>
    public static long Restore(RunContext context, IReadOnlyDictionary<string, ICheckpointPart> parts, TrainingRunOptions options, long count)
    {
        var outcome = context.Store.Restore(parts);
        foreach (var skipped in outcome?.Skipped ?? [])
            context.Log.LogWarning("passed over {Checkpoint}: {Reason}", skipped.Path, skipped.Reason);
        IReadOnlyList<string> changes = [.. (outcome?.ConditionChanges ?? []).Select(change => change.ToString())];
        if (changes.Count > 0 && options.Strict)
            throw new ConditionChangedException(outcome!.Path, changes);
        foreach (var change in changes)
            context.Log.LogWarning("the run goes on, but perhaps not to the bit: {Change}", change);

        context.AwaitDeadline();
        var step = outcome?.Step ?? 0;
        context.Journal?.Write(new Resumed(
            context.Now, step, outcome is null ? null : Path.GetFileName(outcome.Path), outcome?.Bytes ?? 0, outcome?.Duration.TotalSeconds ?? 0,
            [.. (outcome?.Skipped ?? []).Select(skipped => $"{Path.GetFileName(skipped.Path)}: {skipped.Reason}")], changes, context.Deadline));
        Say(context, options, outcome, count);
        return step;
    }

    private static void Say(RunContext context, TrainingRunOptions options, RestoreOutcome? outcome, long count)
    {
        if (context.Rank != 0)
            return;
        var who = context.Job is { } job ? $"attempt {context.Origin.Attempt} of job {job.Id}" : $"attempt {context.Origin.Attempt}";
        var of = count == long.MaxValue ? string.Empty : $" of {count}";
        var from = outcome is null ? $"starts at step 0{of} (no checkpoint yet)"
            : $"resumes at step {outcome.Step}{of} from {Path.GetFileName(outcome.Path)}{HowItEnded(context.Previous)}";
        var deadline = context.Deadline is { } end ? $"ends in {Duration.Words(end - context.Now)}" : "no time limit";
        context.Log.LogInformation(
            "{Who}: {From}; {Deadline}; {Signals}; saves {Schedule}", who, from, deadline, context.Signals.Delivery, options.Save);
        foreach (var finding in context.Signals.Findings)
            context.Log.LogWarning("{Finding}", finding);
    }

    private static string HowItEnded(AttemptStory? previous)
    {
        if (previous is null)
            return string.Empty;
        var how = previous.Events.OfType<Stopped>().LastOrDefault() is { } stopped ? $"stopped: {stopped.Cause.ToLowerInvariant()}"
            : previous.Events.OfType<AttemptEnded>().LastOrDefault() is { } ended ? ended.Outcome
            : "was killed or crashed";
        return $" (attempt {previous.Number} {how})";
    }
}
