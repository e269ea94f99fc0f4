using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Ranks;
using Cairn.Timing;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>
/// The loop from its beginning to its end: restores, goes from step boundary to step boundary, and ends where the last step is done or
/// something wants the run to stop. What comes behind it is <see cref="RunEnd"/>'s.
/// </summary>
internal sealed class RunLoop : IDisposable
{
    private readonly RunContext context;
    private readonly TrainingRunOptions options;

    // The steps of the whole run, as Steps was told; null before that, and in a loop of the program's own.
    private long? planned;

    // From Complete() on: the step in progress is the last one. Where Steps is left by break behind it, the thrown exceptions tell whether
    // that was in its order.
    private ThrownSince? completed;

    // The newest state that is known may be the end of a loop of the program's own: it saved it itself, or another attempt as its last.
    private bool mayEndHere;
    private bool hasToldOfEnd;

    public RunLoop(RunContext context, TrainingRunOptions options)
    {
        (this.context, this.options) = (context, options);
        Times = new RunTimes(context.Time);
        Saver = new RunSaver(context, options, Times, Parts);
        Leads = new LeadReport(context, Times, options);
        Saves = new BoundarySaves(context, options, Saver, Times, Leads, Parts);
        Watchdog = new Watchdog(context, options, Times, Saver, State);
        new RankLoss(context, options, State, Saver, Watchdog).Start();
    }

    /// <summary>Where the run stands.</summary>
    public RunState State { get; } = new();

    /// <summary>The state that is saved.</summary>
    public RunParts Parts { get; } = new();

    public RunTimes Times { get; }

    public RunSaver Saver { get; }

    public BoundarySaves Saves { get; }

    public LeadReport Leads { get; }

    public Watchdog Watchdog { get; }

    /// <summary>The steps of the whole run; null in a loop of the program's own.</summary>
    public long? Planned => planned;

    /// <summary>Whether nothing was trained, nor anything asked to stop.</summary>
    public bool IsUnused => State.Phase == RunPhase.Preparing || (State.Phase == RunPhase.Ready && !context.Watch.StopRequested);

    /// <summary>Restores, unless that was done, and says what was found.</summary>
    public void Restore()
    {
        if (State.Phase == RunPhase.Preparing)
            Begin(count: null);
    }

    /// <summary>The first move of <see cref="TrainingRun.Steps"/>. Returns whether there is a step to do.</summary>
    public bool BeginSteps(long count)
    {
        if (planned is not null)
            throw new InvalidOperationException(StepSequence.Once);
        if (State.Outcome is not null || State.Phase == RunPhase.Left)
            throw new InvalidOperationException("Steps after the run has ended");
        if (State.Phase == RunPhase.Preparing)
            Begin(count);
        else
            RunStart.SayOtherCount(context, count);
        planned = count;
        if (State.IsFinishedBefore && context.FinishedBefore!.Planned < count)
            GoOnBeyondEnd(count);
        if (!State.IsStepping)
            return false;
        if (State.StepsDone >= count)
        {
            SavesWithAll(isEnd: true, () => Saves.SaveLast(State.StepsDone, isStateKnown: true)); // where another run's checkpoint was begun with, this run has none of it yet
            return Ends(RunPhase.AllDone);
        }

        var all = context.Watch.StopRequested ? RankPurpose.Stop : RankPurpose.None;
        if (context.Together is not null)
            all = Agree(State.StepsDone, isLast: false).What;
        if (all is RankPurpose.Stop or RankPurpose.Leave)
            return Ends(all == RankPurpose.Stop ? RunPhase.Stopped : RunPhase.Left); // nothing is new since the checkpoint
        State.Phase = RunPhase.InStep;
        StepBegins();
        return true;
    }

    /// <summary>A further move of <see cref="TrainingRun.Steps"/>. Returns whether there is a next step.</summary>
    public bool StepEnded() => State.Phase == RunPhase.InStep && StepEnded(State.StepsDone + 1, completed is not null || State.StepsDone + 1 >= planned);

    /// <summary>The loop of <see cref="TrainingRun.Steps"/> is over: by itself, by break or by an exception.</summary>
    public void LeaveSteps()
    {
        Saver.ShutGate();
        if (State.Phase != RunPhase.InStep)
            return;
        if (completed is { Any: false })
        {
            StepEnded(State.StepsDone + 1, last: true);
            return;
        }

        State.Phase = RunPhase.Left;
        Saver.Metrics.WriteDown(State.StepsDone + 1);
        context.Journal?.Write(new LeftInStep(context.Now, State.StepsDone));
    }

    /// <summary>A step boundary of a loop of the program's own. Returns whether to go on.</summary>
    public bool Boundary(long stepsDone, bool last)
    {
        ThrowUnlessOwnLoop("Boundary", stepsDone);
        if (State.Phase is RunPhase.Stopped or RunPhase.AllDone)
        {
            if (!hasToldOfEnd && stepsDone > State.StepsDone)
                context.Log.LogWarning(LogEvents.LoopGoesOn, "the loop goes on after step {Step}, where it was told to end: what it trains now is not saved. When Boundary() returns false, leave the loop and call Finish()", State.StepsDone);
            hasToldOfEnd = true;
            return false;
        }

        if (stepsDone <= State.StepsDone)
            throw new ArgumentOutOfRangeException(nameof(stepsDone), stepsDone, $"{State.StepsDone} steps are completed already: a boundary is told the number of completed steps, which grows from one to the next");
        GoOnBeyondEnd(count: null);
        mayEndHere = false;
        State.Phase = RunPhase.OwnLoop;
        return StepEnded(stepsDone, last || completed is not null);
    }

    /// <summary>Saves now, at a step boundary of a loop of the program's own.</summary>
    public PendingSave Save(long stepsDone)
    {
        ThrowUnlessOwnLoop("Save", stepsDone);
        if (State.Phase is RunPhase.Stopped or RunPhase.AllDone)
            throw new InvalidOperationException($"Save({stepsDone}) after the loop's end: the state of step {State.StepsDone} was saved at its last boundary, and nothing comes behind it");
        if (stepsDone < State.StepsDone)
            throw new ArgumentOutOfRangeException(nameof(stepsDone), stepsDone, $"{State.StepsDone} steps are completed already: the number of completed steps never goes back, or a resume would take the other state for the newer one");
        ThrowUnlessStateIsLoaded();
        if (Parts.NeedsAll is { } each)
            throw new InvalidOperationException($"Save({stepsDone}): each rank has a state of its own of part '{each}', so none can save alone. Call SaveAtBoundary() on all ranks before the boundary");
        if (stepsDone > State.StepsDone)
        {
            GoOnBeyondEnd(count: null);
            State.Phase = RunPhase.OwnLoop;
        }

        context.Measured.StepsDone(stepsDone - State.StepsDone);
        State.StepsDone = stepsDone;
        Saver.Metrics.WriteDown(stepsDone);
        mayEndHere = true;
        if (!context.IsWriter)
        {
            Parts.BeginStep(stepsDone);
            return PendingSave.Done(new SavedCheckpoint(stepsDone, context.Folder, 0, TimeSpan.Zero, AlreadyThere: true));
        }

        Saves.TellProgress(stepsDone);
        Saver.Metrics.BelongTo(stepsDone);
        var save = TakeOwn(stepsDone);
        Saver.Metrics.NextStep(stepsDone);
        Times.StepBegins();
        Parts.TellRemarks(context.Log);
        Parts.BeginStep(stepsDone); // what a step's beginning does must be done in the run that was not cut, too
        return save;
    }

    /// <summary>The step in progress is the last one.</summary>
    public void Complete()
    {
        if (!State.IsStepping || completed is not null)
            return;
        Saver.ShutGate();
        completed = new ThrownSince();
    }

    /// <summary>
    /// How the loop has ended, as it is found behind it. In the body of a step, whose state is half done, this leaves it: the loop must not go on behind the end.
    /// </summary>
    public LoopEnd Leave()
    {
        var isStopped = context.Watch.StopRequested;
        LeaveSteps();
        var step = State.StepsDone;
        return State.Phase switch
        {
            RunPhase.Preparing when context.FinishedBefore is not null => new(RunPhase.FinishedBefore),
            RunPhase.Preparing => new(isStopped ? RunPhase.Stopped : RunPhase.Left, "Finish() came without a loop: neither Steps or Batches nor Boundary() was there"),
            RunPhase.Left when context.Together?.Leaver is { } leaver => new(RunPhase.Left, $"{leaver}, for which the others would wait, so the run ended at step {step}"),
            RunPhase.Left when isStopped => new(RunPhase.Stopped, $"the loop was left in the body of step {step}", IsOpen: true, IsInStep: true),
            RunPhase.Left when completed is not null => new(RunPhase.Left, $"an exception was thrown in step {step} after Complete(), so nobody knows whether that step is whole"),
            RunPhase.Left => new(RunPhase.Left, $"the loop was left in step {step} of {planned} without Complete()"),
            _ when !State.IsStepping => new(State.Phase),
            _ when completed is not null || (mayEndHere && !isStopped) => new(RunPhase.AllDone, $"the loop ended after step {step}", IsOpen: true),
            _ when isStopped => new(RunPhase.Stopped, $"no boundary came after that of step {step}", IsOpen: true),
            _ => new(RunPhase.Left, $"the loop ended after step {step}, and nothing says that this was the last step: Boundary({step}, last: true) does, or Complete() before it", IsOpen: true),
        };
    }

    /// <summary>Nothing trains or saves from here on.</summary>
    public void Dispose()
    {
        if (State.Phase == RunPhase.Preparing || State.IsStepping)
            State.Phase = RunPhase.Left;
        completed?.Dispose();
        Watchdog.Dispose();
    }

    // However long that takes, it is no step.
    private PendingSave TakeOwn(long stepsDone)
    {
        Watchdog.WaitIfEnding();
        var loop = State.Phase;
        State.Phase = RunPhase.Saving;
        try
        {
            return Saver.Save(stepsDone, "program", Parts.ByName);
        }
        finally
        {
            State.Phase = loop;
        }
    }

    private void ThrowUnlessOwnLoop(string what, long stepsDone)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(stepsDone);
        if (State.Phase == RunPhase.Preparing)
            throw new InvalidOperationException($"Restore() must come before {what}(), or an older checkpoint would be passed over");
        if (State.Outcome is not null || State.Phase == RunPhase.Left)
            throw new InvalidOperationException($"{what}({stepsDone}) after the run has ended");
        if (State.Phase == RunPhase.InStep || (State.Phase == RunPhase.Saving && planned is not null))
            throw new InvalidOperationException($"{what}({stepsDone}) within Steps or Batches: these count the steps themselves and save at the boundaries, for in the body of a step nobody knows whether its state is that of step {State.StepsDone} still. Call SaveAtBoundary() there");
    }

    private void ThrowUnlessStateIsLoaded()
    {
        if (State.Phase == RunPhase.FinishedWithoutState)
            throw new InvalidOperationException($"the run has finished at step {State.StepsDone}, and its state could not be loaded (see the log): nothing can be trained on from it. Ask by Restore(), which says why, or remove {context.Folder} to train again");
    }

    private void Begin(long? count)
    {
        State.Phase = RunPhase.Restoring;
        try
        {
            context.AwaitRanks(options);
            context.Watch.Together = context.Together;
            context.SharedSaves ??= context.Together is { } ranks ? new SharedSaves(context, ranks, options) : null;
            Parts.Begin(context);
            if (context.FinishedBefore is { } finished && !IsUnfinishedAgain(finished, count))
                BeginFinished(finished, mustFit: count is null);
            else
                BeginTraining(count);
        }
        catch (Exception error)
        {
            State.Phase = RunPhase.Preparing;
            context.Ranks?.TellFailure(error);
            throw;
        }
    }

    // More steps are asked for; or, where that is not known, more have been done since.
    private bool IsUnfinishedAgain(Finished finished, long? count) =>
        count is null ? context.Store.List() is [var newest, ..] && newest.Step > finished.Step : finished.Planned < count;

    // A program may still use the state: look at it, export it, or train on beyond this end.
    private void BeginFinished(Finished finished, bool mustFit)
    {
        if (mustFit)
            Parts.BeforeRestore(context);
        var restored = RunStart.RestoreFinished(context, Parts, options, finished, mustFit);
        Watchdog.WaitIfEnding();
        State.StepsDone = mustFit ? restored!.Step : finished.Step;
        Saver.Resume(State.StepsDone);
        State.Phase = restored is null ? RunPhase.FinishedWithoutState : RunPhase.FinishedBefore;
        if (!mustFit)
            return;
        Parts.AfterRestore(context, State.StepsDone, restored!.Record);
        Parts.BeginStep(State.StepsDone);
    }

    private void BeginTraining(long? count)
    {
        Parts.Check(context, options);
        Parts.BeforeRestore(context);
        var (restored, borrowed) = RunStart.Restore(context, Parts, options, count);
        Watchdog.WaitIfEnding();
        State.StepsDone = restored?.Step ?? 0;
        mayEndHere = restored is not null && borrowed is null && RunSaver.IsLast(restored.Record);
        Parts.AfterRestore(context, State.StepsDone, restored?.Record);
        context.Measured.Resumed(State.StepsDone, context.Before);
        BeginStepping(restored?.Bytes, borrowed?.Path);
        RunStart.Say(context, options, restored, borrowed, count, Leads, Parts);
        if (count is null)
            Parts.BeginStep(State.StepsDone);
    }

    // What is trained beyond the end of a finished run makes it an unfinished one.
    private void GoOnBeyondEnd(long? count)
    {
        if (!State.IsFinishedBefore)
            return;
        ThrowUnlessStateIsLoaded();
        Parts.Check(context, options);
        BeginStepping(bytes: null);
        RunStart.GoOn(context, State.StepsDone, count);
    }

    private void BeginStepping(long? bytes, string? startedFrom = null)
    {
        var known = KnownTimes.Of(context.Before, context.Origin.WorldSize, bytes);
        context.Ranks?.BeginAt(State.StepsDone);
        Saver.Resume(State.StepsDone, startedFrom);
        Times.BeginWithSaves(known.Stalls, known.Saves);
        Times.BeginWithSteps(known.Steps, TimeSpan.FromSeconds(known.LongestStep), context.Watch.Left);
        Times.StepBegins();
        Saves.Begin(State.StepsDone);
        State.Phase = RunPhase.Ready;
    }

    /// <summary>A step boundary. Returns whether there is a next step.</summary>
    private bool StepEnded(long stepsDone, bool last)
    {
        context.Measured.StepsDone(stepsDone - State.StepsDone);
        State.StepsDone = stepsDone;
        Saver.Metrics.WriteDown(stepsDone);
        if (RunMetrics.WantsStepDuration)
            context.Measured.StepTook(context.Time.GetElapsedTime(Times.LastBoundary));
        var isLookDue = Times.StepEnded(Saver.WasBusy);
        if (isLookDue && context is { IsWriter: false, Together: { } others })
            others.TellLongestStep(Times.LongestRecentStep);
        if (Saver.ShutGate())
            throw new InvalidOperationException($"BeforeOptimizerStep() was not called in step {stepsDone - 1}: with SaveMode.Overlapped it must be, right before the optimizer's step. The save of step {stepsDone - 1} is given up; older checkpoints are unharmed");
        var all = context.Watch.StopRequested ? RankPurpose.Stop : RankPurpose.None;
        if (context.Together is not null)
            (last, all) = Agree(stepsDone, last);
        if (!last && all == RankPurpose.None && !isLookDue && !Saves.HaveWork(stepsDone))
        {
            if (Saver.Metrics.Any)
                Saver.Metrics.NextStep(stepsDone);
            Parts.BeginStep(stepsDone);
            return true;
        }

        Watchdog.WaitIfEnding();
        var loop = State.Phase;
        State.Phase = RunPhase.Saving;
        try
        {
            if (!(context.Together is null ? GoesOn(last, all == RankPurpose.Stop, isAgreed: false) : GoesOnTogether(last, all)))
                return false;
            State.Phase = loop;
            StepBegins();
            return true;
        }
        catch
        {
            State.Phase = loop;
            throw;
        }
    }

    // Where all ranks are at this boundary each writes its share of what rank 0 saves.
    private bool GoesOnTogether(bool last, RankPurpose all)
    {
        if (context.Together!.Leaver is not null)
            return Ends(RunPhase.Left);
        var isEnd = last || all == RankPurpose.Stop;
        if (!isEnd && all is not (RankPurpose.Save or RankPurpose.Meet))
            return GoesOn(last, stops: false, isAgreed: false);
        State.IsAtLastBoundary = isEnd;
        return SavesWithAll(isEnd, () => GoesOn(last, all == RankPurpose.Stop, isAgreed: all != RankPurpose.Meet));
    }

    // All ranks are here: rank 0 does what it does, and the others as it says.
    private bool SavesWithAll(bool isEnd, Func<bool> save)
    {
        if (context.SharedSaves is not { } shares)
            return save();
        if (!context.IsWriter)
        {
            shares.Follow(State.StepsDone, Parts.ByName, isEnd);
            return save();
        }

        Saver.AllRanksAreHere = true;
        try
        {
            return save();
        }
        finally
        {
            Saver.AllRanksAreHere = false;
            shares.EndBoundary(isEnd);
        }
    }

    // Saves what is due at this boundary, and says whether another step follows.
    private bool GoesOn(bool last, bool stops, bool isAgreed)
    {
        var step = State.StepsDone;
        context.Watch.CheckDeadline(Times);
        stops |= context.Together is null && context.Watch.StopRequested;
        if (last)
        {
            // Here and not in Finish: the program may change the state between the two, and what is stored is the state of this boundary.
            Saves.SaveLast(step, isStateKnown: true);
            Parts.TellRemarks(context.Log);
            return Ends(RunPhase.AllDone);
        }

        if (!stops && !Saves.SaveWhenDue(step, isAgreed))
            return Ends(RunPhase.Stopped);

        // A signal may have come while a save was taken that was not due for it: then that save serves, or one more.
        if (stops || (context.Together is null && context.Watch.StopRequested))
        {
            // One that fails is tried once more: its time may have been taken by a save before it.
            if (!Saves.SaveForGood(step, "stop", isStateKnown: true) && Saves.Superseded is null)
                Saves.SaveForGood(step, "stop", isStateKnown: true);
            return Ends(RunPhase.Stopped);
        }

        Saves.NextStep(step);
        return true;
    }

    // What all ranks do at a boundary. One that holds its step for the last one by Complete() waits for the others' word: it is the last
    // step of all, or of none yet.
    private (bool Last, RankPurpose What) Agree(long step, bool isLast)
    {
        var ranks = context.Together!;
        var mustAsk = completed is not null && !(step >= planned);
        var act = ranks.Pass(step, mustAsk, Saves.IsAskedFor && !isLast);
        if (act is not null && ranks.StopOf(act) is { } stop)
            context.Watch.Raise(stop); // the control thread does, too, and may be later
        var meet = context.SharedSaves!.MeetHere(step); // whatever else comes: it counts the boundaries
        return ((isLast && !mustAsk) || act?.Purpose == RankPurpose.Complete, act?.Purpose ?? (meet ? RankPurpose.Meet : RankPurpose.None));
    }

    private bool Ends(RunPhase how)
    {
        State.Phase = how;
        return false;
    }

    private void StepBegins()
    {
        Saves.Measure();
        Times.StepBegins();
        Parts.BeginStep(State.StepsDone);
        Parts.TellRemarks(context.Log);
    }
}
