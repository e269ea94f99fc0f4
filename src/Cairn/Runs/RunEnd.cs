using Cairn.Attempts;
using Cairn.Notices;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>
/// What comes behind the loop: makes durable what can be, and ends the attempt as finished, stopped or left. How a stopped job goes back
/// in the queue is <see cref="RunStop"/>'s.
/// </summary>
internal sealed class RunEnd(RunContext context, TrainingRunOptions options, RunLoop loop)
{
    private readonly RunState state = loop.State;
    private readonly RunSaver saver = loop.Saver;
    private readonly BoundarySaves saves = loop.Saves;
    private readonly Watchdog watchdog = loop.Watchdog;
    private bool isInLastWork;

    /// <summary>The last statement of the program.</summary>
    /// <param name="lastWork">What is to be done once, after the last step, by rank 0 alone.</param>
    public RunOutcome Finish(Action? lastWork)
    {
        if (state.Outcome is { } known)
            return known;
        watchdog.WaitIfEnding();
        var end = loop.Leave();
        var isDurable = Settle(end, isLastNeeded: true);
        if (saves.Superseded is not null)
            return EndSuperseded();
        if (!isDurable && context.Watch.StopRequested)
            state.Phase = RunPhase.Stopped;
        return state.Phase switch
        {
            RunPhase.FinishedBefore or RunPhase.FinishedWithoutState => End(RunOutcomeKind.FinishedBefore, "finished", ExitCodes.Success),
            RunPhase.Stopped => EndStopped(),
            RunPhase.Left => EndLeft(end.Why, hasLastWork: lastWork is not null),
            _ when !isDurable => EndUnsaved(),
            _ => EndFinished(lastWork),
        };
    }

    /// <summary>The run is closed without <see cref="Finish"/>: that is told, and the program's exit code says so.</summary>
    public void EndWithoutFinish()
    {
        watchdog.WaitIfEnding();
        var isUnused = loop.IsUnused;
        var end = isUnused ? new LoopEnd(RunPhase.Left) : loop.Leave();
        Settle(end, isLastNeeded: false);
        if (saves.Superseded is not null)
        {
            Environment.ExitCode = EndSuperseded();
        }
        else if (state.Phase == RunPhase.Stopped)
        {
            Environment.ExitCode = EndStopped();
        }
        else if (state.IsFinishedBefore)
        {
            End(RunOutcomeKind.FinishedBefore, "finished", null);
        }
        else
        {
            if (!isUnused)
            {
                context.Log.LogWarning(LogEvents.FinishMissing, "{What}, and {Why}: the run is not marked as finished; {NextStart}", Who + (end.Why.Length == 0 ? "all steps are done" : end.Why), isInLastWork ? "an exception ended the last work" : "Finish() was not called", NextStart);
                Environment.ExitCode = ExitCodes.Incomplete;
            }

            if (!isUnused && state.Phase == RunPhase.Left)
                context.Ranks?.TellFailure("has closed the run in the middle of a step");
            End(RunOutcomeKind.Left, !isUnused && state.Phase == RunPhase.Left ? "left" : "open", null);
        }
    }

    /// <summary>Waits for saves, and makes durable what can be.</summary>
    /// <returns>False when the last state is needed and is not on the disk.</returns>
    private bool Settle(LoopEnd end, bool isLastNeeded)
    {
        state.Phase = RunPhase.Saving;
        saver.Metrics.WriteDown(state.StepsDone);
        saver.Metrics.Flush();
        saves.Await();
        context.SharedSaves?.Await();
        var step = state.StepsDone;
        var isDurable = !context.IsWriter || saver.StepsSaved >= step;

        // The program may have gone on since: what is there to be written is what was taken.
        if (end is { IsOpen: true, Phase: RunPhase.AllDone } && isLastNeeded && saves.Superseded is null)
            isDurable = saves.SaveLast(step, isStateKnown: false);
        if (end is { IsOpen: true, Phase: RunPhase.Stopped } && saves.Superseded is null)
        {
            isDurable = saves.SaveForGood(step, "stop", isStateKnown: false);
            if (context.IsWriter && saves.Superseded is null && (end.IsInStep || !isDurable))
                context.Log.LogWarning(LogEvents.StoppedInStep, "a stop was asked for, and {Why}: of the state behind it nobody knows which step's it is, so it is not saved; {Newest}. The next boundary would have saved and ended the loop: let it come", end.Why, new NumberedText(RunStop.Newest(saver.StepsSaved), ("Saved", saver.StepsSaved)));
        }

        state.Phase = end.Phase;
        return isDurable || end.Phase != RunPhase.AllDone;
    }

    private RunOutcome EndFinished(Action? lastWork)
    {
        // The last work may write where the attempt that has taken over writes: it is that one's to do.
        if (context.IsWriter && lastWork is not null)
        {
            if (WhyNotFinish() is { } refused)
                return refused;
            isInLastWork = true;
            lastWork();
            isInLastWork = false;
        }

        watchdog.TakeEnd();
        if (WhyNotFinish() is { } refusedNow)
            return refusedNow;
        context.Journal?.Write(new Finished(context.Now, state.StepsDone, loop.Planned ?? state.StepsDone));
        context.Notify(Notice.Finished, state.StepsDone, saver.StepsSaved, null, "the work is done");
        if (context.IsWriter || context.Together is null)
            context.Log.LogInformation(LogEvents.Finished, "finished: {Steps} steps in {Attempts} attempt(s)", state.StepsDone, context.Origin.Attempt);

        // A task that leaves early may take the whole step with it (srun --wait) while rank 0 still saves.
        if (context is { IsWriter: false, Together: null })
            context.AwaitEndOfFirstRank();
        context.AwaitNotified(isRequeued: false);
        return End(RunOutcomeKind.Finished, "finished", ExitCodes.Success);
    }

    private string Who => context.Origin.WorldSize > 1 ? context.Who + ": " : string.Empty;

    private NumberedText NextStart => !context.IsWriter ? new("the next start goes on from the newest checkpoint of rank 0") : new(
        saver.StepsSaved == 0 ? "there is no checkpoint yet, so the next start begins anew" : $"the next start goes on from step {saver.StepsSaved}",
        ("Saved", saver.StepsSaved));

    private RunOutcome EndStopped()
    {
        watchdog.TakeEnd();
        loop.Leads.JudgeWarning();
        state.Outcome = RunStop.End(context, state.StepsDone, saver.StepsSaved, options);
        return state.Outcome;
    }

    private RunOutcome EndLeft(string why, bool hasLastWork)
    {
        context.Log.LogWarning(LogEvents.NotFinished, "{What}: the run is not marked as finished{LastWork}; {NextStart}", Who + why, hasLastWork ? ", and the last work was not done" : string.Empty, NextStart);
        return End(RunOutcomeKind.Left, "left", ExitCodes.Incomplete);
    }

    // The last state must be on the disk before the run counts as finished: another start would not train it again.
    private RunOutcome EndUnsaved()
    {
        context.Log.LogError(LogEvents.LastStateNotSaved, "the run is not marked as finished: its last state could not be saved; {NextStart}", NextStart);
        context.Notify(Notice.GivenUp, state.StepsDone, saver.StepsSaved, null, "the last state could not be saved");
        context.AwaitNotified(isRequeued: false);
        return End(RunOutcomeKind.Unsaved, "unsaved", ExitCodes.Incomplete);
    }

    private RunOutcome EndSuperseded() => End(RunOutcomeKind.Superseded, "superseded", saves.Superseded!.ExitCode);

    /// <summary>Ends the attempt when it may not finish the run, for another has the folder; null when it may.</summary>
    private RunOutcome? WhyNotFinish()
    {
        try
        {
            return saves.IsTakenOver() ? EndSuperseded() : null;
        }
        catch (IOException error)
        {
            context.Log.LogError(LogEvents.ClaimUnknown, "the run is not marked as finished, for nobody knows whether a later attempt has the folder: {Error}; the next start does the last work again", error.Message);
            return End(RunOutcomeKind.Unsaved, "unsaved", ExitCodes.Incomplete);
        }
    }

    private RunOutcome End(RunOutcomeKind kind, string story, int? code)
    {
        watchdog.TakeEnd();
        if (context.IsWriter)
            context.Ranks?.TellEnd(kind);
        else if (kind == RunOutcomeKind.Left)
            context.Ranks?.TellLeft(story == "left" ? "has left the loop" : "has closed the run");
        else if (context.Together is not null)
            return state.Outcome = context.AwaitEndOfFirstRank(); // it may not have come to the same end: its last save fails, say
        state.Outcome = new RunOutcome(kind, code ?? (kind == RunOutcomeKind.FinishedBefore ? ExitCodes.Success : ExitCodes.Incomplete));
        context.WriteEnd(story, state.StepsDone, code);
        return state.Outcome;
    }
}
