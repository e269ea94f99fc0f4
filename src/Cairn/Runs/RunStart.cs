using System.Text;
using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Reading;
using Cairn.Ranks;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>The first move: puts the newest valid checkpoint back, and says in one line what this attempt begins with.</summary>
internal static class RunStart
{
    // A client of NFS may remember for a minute what a folder had in it.
    private static readonly TimeSpan UntilSeen = TimeSpan.FromSeconds(75);

    /// <summary>Restores.</summary>
    /// <param name="context">The run.</param>
    /// <param name="parts">The state.</param>
    /// <param name="options">The user's options.</param>
    /// <param name="count">The steps of the whole run; null while that is not known.</param>
    /// <returns>What was restored, of the run's own or of another one's; both null at a start from nothing.</returns>
    /// <exception cref="ConditionChangedException">A condition of exactness differs, and the run is strict.</exception>
    public static (RestoreOutcome? Restored, BorrowedStart? Borrowed) Restore(RunContext context, RunParts parts, TrainingRunOptions options, long? count)
    {
        BorrowedStart? borrowed = null;
        RestoreOutcome? outcome;
        if (!context.IsWriter)
            (outcome, borrowed) = context.Together is { } others ? RestoreAsOffered(context, others, parts.ByName, options, count) : RestoreAsFirstRank(context, parts.ByName, options);
        else if (context.Together is { } ranks)
            (outcome, borrowed) = RestoreForAll(context, ranks, parts.ByName, options, count);
        else
            (outcome, borrowed) = RestoreOwn(context, parts.ByName, options, newest: long.MaxValue);

        outcome ??= borrowed?.Restored;
        List<string> changes = [.. (outcome?.ConditionChanges ?? []).Select(change => change.ToString())];
        if (borrowed is null && outcome?.Record.WorldSize is { } writers && writers != context.Origin.WorldSize)
            changes.Add($"ranks: {writers} wrote the checkpoint, {context.Origin.WorldSize} go on with it");
        if (changes.Count > 0 && options.Strict)
            throw new ConditionChangedException(outcome!.Path, changes);
        foreach (var change in changes)
            context.Log.LogWarning(LogEvents.ConditionChanged, "the run goes on, but perhaps not to the bit: {Change}", change);

        context.Watch.AwaitDeadline();
        if (context.Watch.NewestStatus is { SubmitTime: not null } status)
            context.Journal?.Write(new Queued(context.Now, status.SubmitTime, status.EligibleTime, status.StartTime));
        context.Journal?.Write(new Resumed(
            context.Now, outcome?.Step ?? 0, outcome is null || borrowed is not null ? null : Path.GetFileName(outcome.Path), outcome?.Bytes ?? 0, outcome?.Duration.TotalSeconds ?? 0,
            [.. (outcome?.Skipped ?? []).Select(skipped => $"{Path.GetFileName(skipped.Path)}: {skipped.Reason}")], changes, context.Watch.Deadline, count,
            borrowed?.Path, borrowed is null ? null : options.StartFrom?.Choice, options.Save.OverheadPercent));
        return (outcome, borrowed);
    }

    /// <summary>Puts the state back with which an earlier attempt finished, and says that there is nothing to do.</summary>
    /// <param name="context">The run.</param>
    /// <param name="parts">The state.</param>
    /// <param name="options">The user's options.</param>
    /// <param name="finished">The mark of that attempt.</param>
    /// <param name="mustFit">
    /// Whether the program may go on with the state. If not, a state that cannot be loaded is told of and no more: starting a
    /// finished run again is harmless.
    /// </param>
    /// <returns>The state; null when it could not be loaded.</returns>
    /// <exception cref="NoValidCheckpointException">There is none any more, and it must fit.</exception>
    public static RestoreOutcome? RestoreFinished(RunContext context, RunParts parts, TrainingRunOptions options, Finished finished, bool mustFit)
    {
        RestoreOutcome? outcome = null;
        string state;
        try
        {
            outcome = context.Store.Restore(parts.ByName, newest: finished.Step, options.OptionalParts);
            state = outcome is not null ? $"the state of step {outcome.Step} is loaded"
                : mustFit ? throw new NoValidCheckpointException(context.Folder, [], stateTouched: false)
                : "its checkpoints are gone, so no state is loaded";
        }
        catch (CairnException error) when (!mustFit)
        {
            state = $"its state could not be loaded: {error.Message}";
        }

        context.Log.Log(outcome is null ? LogLevel.Warning : LogLevel.Information, LogEvents.FinishedBefore, "already finished: {Steps} steps; nothing to do ({State}). Remove {Folder} to train again", finished.Step, state, context.Folder);
        if (outcome is not null && context.Rank == 0)
        {
            SayChanges(context, parts.Changes);
            SayOptional(context, options.OptionalParts, outcome, parts);
        }

        return outcome;
    }

    /// <summary>A run that was finished goes on beyond its end.</summary>
    public static void GoOn(RunContext context, long step, long? count)
    {
        context.Watch.AwaitDeadline();
        context.Journal?.Write(new Resumed(context.Now, step, CheckpointNames.ForStep(step), 0, 0, [], [], context.Watch.Deadline, count));
        context.Log.LogInformation(LogEvents.GoesOnBeyondEnd, "the run goes on beyond its end at step {Step}: from now on it counts as unfinished", step);
    }

    /// <summary>Says so when the number of steps is another than before, where the restore did not know of it.</summary>
    public static void SayOtherCount(RunContext context, long count)
    {
        if (context.Rank == 0 && context.Before is [.., var last] && last.Events.OfType<Resumed>().LastOrDefault() is { Planned: { } planned } && planned != count)
            context.Log.LogWarning(LogEvents.OtherStepCount, "the program asks for {Count} steps now, attempt {Attempt} asked for {Planned}: the new number counts from now on, also for schedules of the program's own that go by it", count, last.Number, planned);
    }

    /// <summary>Says what this attempt begins with.</summary>
    /// <param name="context">The run.</param>
    /// <param name="options">The user's options.</param>
    /// <param name="outcome">What was restored.</param>
    /// <param name="borrowed">What was taken of another run; null when nothing was.</param>
    /// <param name="count">The steps of the whole run; null while that is not known.</param>
    /// <param name="stop">What a stop needs of the time before the end.</param>
    /// <param name="parts">The state.</param>
    public static void Say(RunContext context, TrainingRunOptions options, RestoreOutcome? outcome, BorrowedStart? borrowed, long? count, LeadReport stop, RunParts parts)
    {
        if (context.Rank != 0)
            return;
        var who = context.Job is { } job ? $"attempt {context.Origin.Attempt} of job {job.Id}" : $"attempt {context.Origin.Attempt}";
        var of = count is null ? string.Empty : $" of {count}";
        var from = borrowed is { Restored: { Step: var step } } ? $"begins at step {step}{of} with all of {borrowed.Path}"
            : borrowed is not null ? $"starts at step 0{of} with {borrowed.Words} from {borrowed.Path}"
            : outcome is null ? $"starts at step 0{of} (no checkpoint yet)"
            : $"resumes at step {outcome.Step}{of} from {Path.GetFileName(outcome.Path)}{HowItEnded(context.Before)}";
        Duration? left = context.Watch.Deadline is { } end ? Duration.Words(end - context.Now) : null;
        var deadline = left is not null ? $"ends in {left}, {stop}" : context.Watch.IsEndUnknown ? "its end is unknown, for Slurm does not answer: only a signal can stop it in time"
            : "no time limit";
        context.Log.LogInformation(
            LogEvents.Started, "{Who}: {From}; {Deadline}; {Signals}; saves {Schedule}",
            new NumberedText(who, ("Attempt", context.Origin.Attempt)),
            new NumberedText(from, ("Step", outcome?.Step ?? 0), ("Count", count)),
            new NumberedText(deadline, ("Left", left), ("ForStop", left is null ? null : stop.ForStop)),
            context.Watch.Delivery, options.Save);
        if (count is { } asked)
            SayOtherCount(context, asked);
        SayChanges(context, parts.Changes);
        if (outcome is not null)
            SayOptional(context, options.OptionalParts, outcome, parts);
        foreach (var finding in context.Watch.StartupFindings)
            context.Log.LogWarning(LogEvents.SignalsInherited, "{Finding}", finding);
        stop.JudgeEarlierWarning();
    }

    private static void SayOptional(RunContext context, IReadOnlyCollection<string> optional, RestoreOutcome outcome, RunParts parts)
    {
        foreach (var name in optional.Distinct(StringComparer.Ordinal))
        {
            var (isTracked, isSaved) = (parts.ByName.ContainsKey(name), outcome.Record.Parts.Any(part => part.Name == name));
            if (!isTracked && !isSaved)
                context.Log.LogWarning(LogEvents.OptionalPartUnknown, "OptionalParts names '{Part}', which is neither tracked nor in {Checkpoint}", name, outcome.Path);
            else if (!isSaved)
                context.Log.LogWarning(LogEvents.OptionalPartNew, "part '{Part}' is not in {Checkpoint}: it begins as the program made it", name, outcome.Path);
            else if (!isTracked)
                context.Log.LogWarning(LogEvents.OptionalPartGone, "part '{Part}' of {Checkpoint} is not tracked any more: checkpoints from now on are without it", name, outcome.Path);
        }
    }

    private static void SayChanges(RunContext context, IEnumerable<string> changes)
    {
        foreach (var change in changes)
            context.Log.LogWarning(LogEvents.SettingChanged, "{Change}", change);
    }

    private static (RestoreOutcome? Restored, BorrowedStart? Borrowed) RestoreOwn(RunContext context, IReadOnlyDictionary<string, ICheckpointPart> parts, TrainingRunOptions options, long newest)
    {
        var outcome = context.Store.Restore(parts, newest, options.OptionalParts);
        return (outcome, outcome is null && options.StartFrom is not null ? BorrowedStart.Load(context, parts, options, exactly: null) : null);
    }

    // All ranks begin with one checkpoint: one that a single rank cannot read is none, and all go to the one before it.
    private static (RestoreOutcome? Restored, BorrowedStart? Borrowed) RestoreForAll(
        RunContext context, RunRanks ranks, IReadOnlyDictionary<string, ICheckpointPart> parts, TrainingRunOptions options, long? count)
    {
        var (newest, skipped) = (long.MaxValue, new List<SkippedCheckpoint>());
        while (true)
        {
            var began = context.Time.GetTimestamp();
            var (outcome, borrowed) = RestoreOwn(context, parts, options, newest);
            if (outcome is null && skipped.Count > 0)
                throw new NoValidCheckpointException(context.Folder, skipped, stateTouched: true);
            var problems = ranks.OfferRestore(outcome?.Step ?? -1, borrowed?.Path, borrowed?.Words, Words(parts), context.Time.GetElapsedTime(began));
            ranks.Settle(problems.Count == 0, count);
            if (problems.Count == 0)
                return (outcome, borrowed);
            if (outcome is null)
                throw new RankException($"not all ranks can begin: {string.Join("; ", problems)}", []);
            var why = string.Join("; ", problems);
            skipped.Add(new SkippedCheckpoint(outcome.Step, outcome.Path, why));
            context.Log.LogWarning(LogEvents.RankCannotRestore, "{Checkpoint} is passed over by all ranks: {Reason}", outcome.Path, why);
            newest = outcome.Step - 1;
        }
    }

    private static (RestoreOutcome? Restored, BorrowedStart? Borrowed) RestoreAsOffered(
        RunContext context, RunRanks ranks, IReadOnlyDictionary<string, ICheckpointPart> parts, TrainingRunOptions options, long? count)
    {
        while (true)
        {
            var (offer, partsOfFirst, taken) = ranks.AwaitOffer();
            var (outcome, borrowed, problem, isDamage) = ((RestoreOutcome?)null, (BorrowedStart?)null, OtherStart(offer, options.StartFrom), true);
            try
            {
                if (Words(parts) != partsOfFirst)
                {
                    (problem, isDamage) = ($"it tracks {Words(parts)}, and rank 0 {partsOfFirst}: track the same parts on all ranks, in the same order", false);
                }
                else if (problem.Length == 0 && offer.Text.Length > 0)
                {
                    (borrowed, problem) = BorrowAsOffered(context, parts, options, offer, taken);
                }
                else if (offer.Step >= 0)
                {
                    AwaitSeen(context, offer.Step);
                    outcome = context.Store.Restore(parts, newest: offer.Step, options.OptionalParts);
                    if (outcome?.Step != offer.Step)
                        problem = $"step {offer.Step} cannot be used here, see this rank's log";
                }
            }
            catch (NoValidCheckpointException error)
            {
                problem = error.Message;
            }
            catch (CheckpointReadException error)
            {
                (problem, isDamage) = (error.Message, false);
            }
            catch (CairnException error)
            {
                ranks.AnswerOffer(error.Message);
                throw;
            }

            ranks.AnswerOffer(problem, isDamage);
            if (!ranks.AwaitSettled(out var countOfFirst))
                continue;
            if (count != countOfFirst)
                context.Log.LogWarning(LogEvents.OtherStepCount, "{Rank} trains {Count} steps in all, and rank 0 {Planned}: whoever waits for the other in every step hangs behind the fewer of them, so give all ranks the same", context.Who, Words(count), Words(countOfFirst));
            return (outcome, borrowed);
        }
    }

    // What the program says of it must be the same on all ranks: each would begin with a state of its own, and nobody would see that.
    private static string OtherStart(RankMessage offer, StartFrom? own)
    {
        var problem = offer switch
        {
            { Text.Length: > 0 } when own is null => $"rank 0 begins with {offer.Text}, and this rank has no StartFrom",
            { Text.Length: > 0 } when own.IsFile && own.Source != offer.Text => $"rank 0 begins with {offer.Text}, and this rank's StartFrom is {own.Source}",
            { Text.Length: 0, Step: < 0 } when own is not null => $"rank 0 begins with nothing, and this rank's StartFrom is {own.Source}",
            _ => null,
        };
        return problem is null ? string.Empty : $"{problem}: give all ranks the same";
    }

    private static (BorrowedStart Borrowed, string Problem) BorrowAsOffered(RunContext context, IReadOnlyDictionary<string, ICheckpointPart> parts, TrainingRunOptions options, RankMessage offer, string taken)
    {
        var borrowed = BorrowedStart.Load(context, parts, options, exactly: offer.Text);
        return (borrowed, borrowed.Words == taken ? string.Empty : $"of {offer.Text} this rank takes {borrowed.Words}, and rank 0 {taken}: give all ranks the same StartFrom");
    }

    // Rank 0 has it, so it is there. That this machine does not see it yet is no reason for all to take an older one.
    private static void AwaitSeen(RunContext context, long step) => Patience.Read(
        context.Time,
        context.Log,
        () => context.Store.List().Any(entry => entry.Step == step) ? true
            : throw CheckpointReadException.OfUnseen(Path.Combine(context.Folder, CheckpointNames.ForStep(step))),
        UntilSeen);

    private static string Words(IReadOnlyDictionary<string, ICheckpointPart> parts) => parts.Count == 0 ? "nothing" : string.Join(", ", parts.Keys);

    private static string Words(long? count) => count is { } known ? $"{known}" : "an unknown number of";

    // Rank 0 may have saved meanwhile: every rank begins with the checkpoint that rank 0 began with.
    private static (RestoreOutcome? Restored, BorrowedStart? Borrowed) RestoreAsFirstRank(RunContext context, IReadOnlyDictionary<string, ICheckpointPart> parts, TrainingRunOptions options)
    {
        var resumed = context.AwaitFirstRank();
        if (resumed?.StartedFrom is { } path && options.StartFrom is not null)
            return (null, BorrowedStart.Load(context, parts, options, exactly: path));
        if (resumed?.Checkpoint is null)
            return (null, null);
        var outcome = context.Store.Restore(parts, newest: resumed.Step, options.OptionalParts);
        if (outcome?.Step == resumed.Step)
            return (outcome, null);

        // Gone already: rank 0 went on alone. So the ranks do not wait for each other, and the newest state is as right as that one.
        context.Log.LogWarning(LogEvents.FirstRankAhead, "rank 0 went on at step {Step}, but that checkpoint is gone by now: this rank takes the newest", resumed.Step);
        return (context.Store.Restore(parts, optional: options.OptionalParts), null);
    }

    private static string HowItEnded(IReadOnlyList<AttemptStory> before)
    {
        if (before.Count == 0)
            return string.Empty;
        var previous = before[^1];
        var how = previous.Events.OfType<Stopped>().LastOrDefault() is { } stopped ? $"stopped: {stopped.Cause.ToLowerInvariant()}"
            : previous.Events.OfType<AttemptEnded>().LastOrDefault() is { } ended ? ended.Outcome
            : "was killed or crashed";
        return $" (attempt {previous.Number} {how})";
    }
}
