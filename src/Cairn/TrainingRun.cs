using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Runs;
using Cairn.Timing;
using Microsoft.Extensions.Logging;

namespace Cairn;

/// <summary>
/// A training run that can be stopped at any time and goes on later where it was. It restores at its first step, looks at
/// every step boundary whether something wants it to stop, saves when that is due, and at a stop saves, ends the loop and
/// puts the job back in the queue.
/// </summary>
/// <example>
/// <code>
/// using var run = TrainingRun.Open("checkpoints", new() { Save = SaveSchedule.EverySteps(10) });
/// run.Track("model", model);
/// run.Track("optimizer", optimizer);
/// run.TrackRandomState();
/// foreach (var step in run.Steps(200))
/// {
///     // one optimizer step
/// }
/// return run.Finish(() =&gt; model.save("final.dat"));
/// </code>
/// </example>
/// <remarks>
/// Not safe for use by several threads, but for <see cref="StopRequested"/>, <see cref="Stopping"/> and <see cref="RequestStop"/>.
/// </remarks>
public sealed class TrainingRun : IDisposable
{
    private readonly RunContext context;
    private readonly RunParts parts = new();
    private readonly RunTimes times;
    private readonly RunSaver saver;
    private readonly LeadReport leads;
    private readonly BoundarySaves saves;
    private readonly Watchdog watchdog;
    private volatile RunPhase phase;

    // The steps of the whole run, as Steps was told; null before that, and in a loop of one's own.
    private long? planned;

    // Whether Steps is in the body of a step. Then it alone counts.
    private bool inSteps;
    private bool wasLeftInStep;

    // The step in progress is the last one: Complete() said so. Where Steps is left by break behind it, the thrown exceptions tell whether
    // that was in its order.
    private bool isLast;
    private ThrownSince? thrown;

    // The newest state that is known may be the end of a loop of one's own: the program saved it itself, or another attempt as its last.
    private bool mayEndHere;
    private bool isStateLoaded = true;
    private long begunAt;
    private bool hasToldOfEnd;

    private TrainingRun(RunContext context, TrainingRunOptions options)
    {
        this.context = context;
        Options = options;
        times = new RunTimes(context.Time);
        saver = new RunSaver(context, options, times);
        leads = new LeadReport(context, times, options);
        saves = new BoundarySaves(context, options, saver, times, leads, parts);
        watchdog = new Watchdog(context, options, times, saver, () => phase, () => StepsDone);
        context.Measured.Show(() => StepsDone, () => saver.StepsDurable, () => context.Watch.Left);
    }

    /// <summary>The options that the run was opened with.</summary>
    public TrainingRunOptions Options { get; }

    /// <summary>The checkpoint folder, as a full path.</summary>
    public string Directory => context.Folder;

    /// <summary>The attempt's number, from 1: how many lives this run has had, this one included.</summary>
    public int Attempt => context.Origin.Attempt;

    /// <summary>This process's rank, from 0.</summary>
    public int Rank => context.Rank;

    /// <summary>The number of ranks.</summary>
    public int WorldSize => context.Origin.WorldSize;

    /// <summary>Completed steps, of all attempts together.</summary>
    public long StepsDone { get; private set; }

    /// <summary>When Slurm ends the job, as far as it is known now; null without a limit. It can move.</summary>
    public DateTimeOffset? Deadline => context.Watch.Deadline;

    /// <summary>What wants the run to stop, first of all; null while nothing does.</summary>
    public Interruption? Interruption => context.Watch.Received is [var first, ..] ? first : null;

    /// <summary>
    /// Whether the run should come to a step boundary soon, for loops that Cairn does not see (evaluation, warm-up).
    /// Cheap enough for every iteration; may be asked by any thread. The training loop itself needs no such question: its next boundary
    /// saves and ends it, while a <c>break</c> in the body of a step leaves a state of which nobody knows whether it is that step's.
    /// </summary>
    public bool StopRequested
    {
        get
        {
            // In a step the watchdog looks at the deadline. So does the boundary, and it is to be the first who sees it.
            if (phase != RunPhase.Stepping)
                context.Watch.Look(times);
            return context.Watch.StopRequested;
        }
    }

    /// <summary>Cancelled when something wants the run to stop, for evaluation, data loading and the like. May be asked for by any thread.</summary>
    public CancellationToken Stopping => context.Stopping.Token;

    /// <summary>
    /// Whether an earlier attempt came to the end, so that <see cref="Steps"/> yields nothing and <see cref="Finish"/> does
    /// nothing. Known after the first step or <see cref="Restore"/>.
    /// </summary>
    public bool AlreadyFinished => phase == RunPhase.FinishedBefore;

    /// <summary>How the run ended; null before <see cref="Finish"/> or <see cref="Dispose"/>.</summary>
    public RunOutcome? Outcome { get; private set; }

    /// <summary>
    /// Opens the run: listens to signals from this moment on, and claims the folder for this attempt. A signal is for the whole process:
    /// when an earlier run of it has heard one, this run begins with that, and so does no step (<see cref="RunOutcome.IsFinished"/>
    /// of the run before tells of it, too).
    /// </summary>
    /// <param name="directory">
    /// The folder of the checkpoints, made when missing. Default: the variable <c>CAIRN_CHECKPOINT_DIR</c>, else
    /// <c>checkpoints</c> in the current folder, with the task id behind it in a job array.
    /// </param>
    /// <param name="options">Everything else. They are copied.</param>
    /// <exception cref="FolderInUseException">Another job or process that still runs uses the folder.</exception>
    /// <exception cref="CheckpointFolderException">The folder cannot be made or written.</exception>
    public static TrainingRun Open(string? directory = null, TrainingRunOptions? options = null)
    {
        options = options?.Copy() ?? new TrainingRunOptions();
        UnhandledErrors.Report();
        return new TrainingRun(RunContext.Open(directory, options), options);
    }

    /// <summary>Makes a part of the state known. All parts must be tracked before the first step, and before <see cref="Restore"/>.</summary>
    /// <param name="name">The part's name in a checkpoint: letters, digits, '.', '_' and '-'.</param>
    /// <param name="part">The part.</param>
    /// <exception cref="ArgumentException">The name is taken or cannot be a file's name.</exception>
    /// <exception cref="InvalidOperationException">The state was restored already.</exception>
    public void Track(string name, ICheckpointPart part)
    {
        ArgumentNullException.ThrowIfNull(part);
        if (phase != RunPhase.Preparing)
            throw new InvalidOperationException($"part '{name}' is tracked too late: the state was restored already. Track every part before the first step, and before Restore()");
        parts.Add(name, part);
    }

    /// <summary>
    /// Reports a value, for example a loss, of the step in whose body this is called: the checkpoint of that step carries it, and no
    /// other, and the journal tells of it. When retention chooses by the metric (<see cref="Retention.KeepBest"/>) the step is saved
    /// at its boundary, whatever the schedule says; so report such a metric when there is a new value, after an evaluation, and not
    /// in every step. In a loop of one's own it belongs to the next <see cref="Boundary"/> or <see cref="Save"/>.
    /// </summary>
    /// <param name="metric">Its name.</param>
    /// <param name="value">The value; NaN and infinities too.</param>
    public void Report(string metric, double value)
    {
        ArgumentException.ThrowIfNullOrEmpty(metric);
        var belongsToStep = phase == RunPhase.Stepping;
        if (!belongsToStep && saver.Metrics.IsWatched(metric))
            context.Log.LogWarning("{Metric} was reported {When}: no checkpoint carries it, and retention does not see it. Report it in the body of a step", metric, phase == RunPhase.Preparing ? "before the first step" : "after the last step");
        saver.Metrics.Report(metric, value, belongsToStep);
        if (!belongsToStep && phase is not (RunPhase.Preparing or RunPhase.Restoring))
            saver.Metrics.WriteDown(StepsDone); // of the state behind the loop
        context.Measured.WasReported(metric, value);
    }

    /// <summary>Asks for a save at the next step boundary, whatever the schedule says. It waits for a save that is under way.</summary>
    public void SaveAtBoundary() => saves.Asked = true;

    /// <summary>
    /// Asks the run to stop, as a stop file does: it saves at the next step boundary and ends, and is not put back in the queue. Beside
    /// a signal it counts for nothing, for then it is taken for what the program does about that signal. May be called by any thread, at any time.
    /// </summary>
    /// <param name="reason">Why, in a few words, for the log.</param>
    public void RequestStop(string reason)
    {
        ArgumentException.ThrowIfNullOrEmpty(reason);
        context.Watch.Raise(new Interruption(InterruptionKind.Requested, context.Now, $"the program asks for a stop ({reason})", null));
    }

    /// <summary>
    /// Restores the newest valid checkpoint and says where to begin. <see cref="Steps"/> does it by itself; before it, or before a loop of
    /// one's own, the program can look at the state, evaluate it or change something on purpose, a learning rate say. Once is enough: again
    /// it does nothing.
    /// </summary>
    /// <returns>The number of completed steps: 0 when there is no checkpoint.</returns>
    /// <exception cref="NoValidCheckpointException">There are checkpoints, but none can be used.</exception>
    /// <exception cref="CheckpointReadException">A checkpoint can't be read now; that is no damage, so no older one is taken.</exception>
    /// <exception cref="CheckpointMismatchException">The checkpoint does not fit the tracked parts.</exception>
    public long Restore()
    {
        if (phase == RunPhase.Preparing)
            Begin(count: null);
        return StepsDone;
    }

    /// <summary>
    /// The numbers of the steps that are still to do, for one <c>foreach</c>. The first move restores, unless <see cref="Restore"/> did;
    /// every further one is a step boundary (<see cref="Boundary"/>), where the run is saved when that is due, and ended when something
    /// wants it to stop.
    /// </summary>
    /// <param name="count">The number of steps of the whole run.</param>
    /// <exception cref="NoValidCheckpointException">There are checkpoints, but none can be used.</exception>
    /// <exception cref="CheckpointReadException">A checkpoint can't be read now; that is no damage, so no older one is taken.</exception>
    /// <exception cref="CheckpointMismatchException">The checkpoint does not fit the tracked parts.</exception>
    public StepSequence Steps(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return new StepSequence(this, count);
    }

    /// <summary>
    /// A step boundary of a loop of one's own: the state is the one after so many steps. Saves when that is due, and when something wants
    /// the run to stop.
    /// </summary>
    /// <param name="stepsDone">How many steps are completed: more than at the boundary before.</param>
    /// <param name="last">Whether all are. The state is made durable here; what the program changes behind it is no part of it.</param>
    /// <returns>Whether to go on. If not, what follows is <see cref="Finish"/>: what is trained nevertheless is saved nowhere.</returns>
    /// <example>
    /// <code>
    /// for (var step = run.Restore(); step &lt; 200;)
    /// {
    ///     // one optimizer step
    ///     step++;
    ///     if (!run.Boundary(step, last: step == 200))
    ///         break;
    /// }
    /// return run.Finish();
    /// </code>
    /// </example>
    /// <exception cref="ArgumentOutOfRangeException">There were as many steps already.</exception>
    /// <exception cref="InvalidOperationException">
    /// Before <see cref="Restore"/>, after the run's end, or in the loop of <see cref="Steps"/>, which has its own boundaries.
    /// </exception>
    public bool Boundary(long stepsDone, bool last = false)
    {
        ThrowUnlessOwnLoop("Boundary", stepsDone);
        if (phase is RunPhase.Stopped or RunPhase.AllDone)
        {
            if (!hasToldOfEnd && stepsDone > StepsDone)
                context.Log.LogWarning("the loop goes on after step {Step}, where it was told to end: what it trains now is not saved. When Boundary() returns false, leave the loop and call Finish()", StepsDone);
            hasToldOfEnd = true;
            return false;
        }

        if (stepsDone <= StepsDone)
            throw new ArgumentOutOfRangeException(nameof(stepsDone), stepsDone, $"{StepsDone} steps are completed already: a boundary is told the number of completed steps, which grows from one to the next");
        GoOnBeyondEnd(count: null);
        mayEndHere = false;
        return StepEnded(stepsDone, last || isLast);
    }

    /// <summary>Saves now, at a step boundary of a loop of one's own, and tells of the save. Whether to stop it does not ask.</summary>
    /// <param name="stepsDone">How many steps are completed: the state that is saved is the one after so many steps.</param>
    /// <returns>
    /// The save: its state is taken; whether and when it is durable, it says itself. One that fails is tried again by
    /// <see cref="Finish"/> alone, with the state that was taken here.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">There were more steps already: steps never go back.</exception>
    /// <exception cref="InvalidOperationException">
    /// Before <see cref="Restore"/>, after the run's end, or in the loop of <see cref="Steps"/>, which counts the steps itself: there
    /// <see cref="SaveAtBoundary"/> asks for a save.
    /// </exception>
    /// <exception cref="SupersededException">A later attempt has claimed the folder, as the save before this one found.</exception>
    public PendingSave Save(long stepsDone)
    {
        ThrowUnlessOwnLoop("Save", stepsDone);
        if (phase is RunPhase.Stopped or RunPhase.AllDone)
            throw new InvalidOperationException($"Save({stepsDone}) after the loop's end: the state of step {StepsDone} was saved at its last boundary, and nothing comes behind it");
        if (stepsDone < StepsDone)
            throw new ArgumentOutOfRangeException(nameof(stepsDone), stepsDone, $"{StepsDone} steps are completed already: the number of completed steps never goes back, or a resume would take the other state for the newer one");
        if (!isStateLoaded)
            throw StateNotLoaded();
        if (stepsDone > StepsDone)
            GoOnBeyondEnd(count: null);
        context.Measured.StepsDone(stepsDone - StepsDone);
        StepsDone = stepsDone;
        saver.Metrics.WriteDown(stepsDone);
        mayEndHere = true;
        if (!context.IsWriter)
        {
            parts.BeginStep(StepsDone);
            return PendingSave.Done(new SavedCheckpoint(stepsDone, Directory, 0, TimeSpan.Zero, AlreadyThere: true));
        }

        saves.TellProgress(StepsDone);
        saver.Metrics.BelongTo(stepsDone);
        var save = saver.Save(stepsDone, "program", parts.ByName);
        saver.Metrics.NextStep(stepsDone);
        times.StepBegins();
        parts.TellRemarks(context.Log);
        parts.BeginStep(StepsDone); // what a step's beginning does must be done in the run that was not cut, too
        return save;
    }

    /// <summary>
    /// With <see cref="SaveMode.Overlapped"/>: right before the optimizer changes the parameters, in every step. Copies what
    /// is not copied yet of those, if a save began at the boundary before. Otherwise, and in the other modes, it does nothing.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// Tensors were changed before this call, by another optimizer, say: it must come before the first of them. The save is given
    /// up; older checkpoints are unharmed. Found for certain in the first saves of every attempt and with
    /// <see cref="TrainingRunOptions.CheckOverlap"/>, else where a sample of the tensor shows it.
    /// </exception>
    public void BeforeOptimizerStep()
    {
        if (saver.PassGate() is { Count: > 0 } changed)
            throw new InvalidOperationException($"in step {StepsDone} these tensors were changed before BeforeOptimizerStep() was called, while they were copied for the save of that step: {string.Join(", ", changed.Take(5))}{(changed.Count > 5 ? $" and {changed.Count - 5} more" : string.Empty)}. Call it before anything changes parameters or an optimizer's state: with several optimizers, before the first of them");
    }

    /// <summary>
    /// Says that the run is complete before all planned steps are done (early stopping): the step in progress is the last one. Its
    /// boundary saves the state and ends the loop, so nothing more need be done; what the program does to the model behind it (loading the best
    /// weights, say) is no part of it. A loop of <see cref="Steps"/> may be left by <c>break</c> behind this as well, then the step ends there;
    /// unless something is thrown between the two: then nobody knows whether the step is whole, and it is not saved.
    /// </summary>
    public void Complete()
    {
        if (phase != RunPhase.Stepping || isLast)
            return;
        saver.ShutGate();
        isLast = true;
        if (inSteps)
            thrown = new ThrownSince();
    }

    /// <summary>
    /// The last statement. When all steps are done: runs the last work and marks the run as finished, so that another start
    /// does nothing. When the run was stopped: puts the job back in the queue, which ends this process. A run whose loop was left
    /// before its end, or that had none, is not marked.
    /// </summary>
    /// <param name="lastWork">
    /// What is to be done once, after the last step, by rank 0 alone: the state is the same on every rank. Done again when it
    /// was stopped in the middle; when the job's end comes before its own, the job is requeued for it.
    /// </param>
    /// <returns>How the run ended. Where a number is wanted it is the program's exit code (see <see cref="ExitCodes"/>).</returns>
    public RunOutcome Finish(Action? lastWork = null)
    {
        if (Outcome is { } known)
            return known;
        watchdog.Pass(last: false);
        var end = EndOfLoop();
        var isDurable = Settle(end, isLastNeeded: true);
        if (saves.Superseded is not null)
            return EndSuperseded();
        if (!isDurable && context.Watch.StopRequested)
            phase = RunPhase.Stopped;
        switch (phase)
        {
            case RunPhase.FinishedBefore:
                return End(RunOutcomeKind.FinishedBefore, "finished", ExitCodes.Success);
            case RunPhase.Stopped:
                return EndStopped();
            case RunPhase.Left:
                context.Log.LogWarning("{What}: the run is not marked as finished{LastWork}; the next start goes on from step {Saved}", end.Why, lastWork is null ? string.Empty : ", and the last work was not done", saver.StepsSaved);
                return End(RunOutcomeKind.Left, "left", ExitCodes.Incomplete);
        }

        // The last state must be on the disk before the run counts as finished: another start would not train it again.
        if (!isDurable)
        {
            context.Log.LogError("the run is not marked as finished: its last state could not be saved; the next start goes on from step {Saved}", saver.StepsSaved);
            return End(RunOutcomeKind.Unsaved, "unsaved", ExitCodes.Incomplete);
        }

        // The last work may write where the attempt that has taken over writes: it is that one's to do.
        if (context.IsWriter && lastWork is not null)
        {
            if (WhyNotFinish() is { } refused)
                return refused;
            lastWork();
        }

        return EndFinished();
    }

    /// <summary>
    /// Ends the run. Without <see cref="Finish"/> before it a run that something wanted to stop is put back in the queue as there, but none is
    /// marked as finished, for the last work may not have been done; that is told, and <see cref="Environment.ExitCode"/> says so.
    /// </summary>
    public void Dispose()
    {
        if (Outcome is null)
            EndWithoutFinish();
        if (phase is RunPhase.Preparing or RunPhase.Stepping)
            phase = RunPhase.Left; // nothing trains or saves behind this end
        inSteps = false;
        thrown?.Dispose();
        watchdog.Dispose();

        // A write that still hangs needs its memory; the process is about to end.
        if (!saver.IsBusy)
            context.Store.Dispose();
        context.Dispose();
    }

    /// <summary>Whether this very part is tracked.</summary>
    internal bool Tracks(ICheckpointPart part) => parts.Contains(part);

    /// <summary>Whether a part has this name.</summary>
    internal bool IsTracked(string name) => parts.ByName.ContainsKey(name);

    /// <summary>The first move of <see cref="Steps"/>. Returns whether there is a step to do.</summary>
    internal bool BeginSteps(long count)
    {
        if (planned is not null)
            throw new InvalidOperationException(StepSequence.Once);
        if (Outcome is not null || phase is RunPhase.Left)
            throw new InvalidOperationException("Steps after the run has ended");
        if (phase == RunPhase.Preparing)
            Begin(count);
        else
            RunStart.SayOtherCount(context, count);
        planned = count;
        if (phase == RunPhase.FinishedBefore && context.FinishedBefore!.Planned < count)
            GoOnBeyondEnd(count);
        if (phase != RunPhase.Stepping)
            return false;
        if (StepsDone >= count)
        {
            saves.SaveLast(StepsDone, isStateKnown: true); // all of another run's state may be there, and no step to do
            return LoopEnds(RunPhase.AllDone);
        }

        if (context.Watch.StopRequested)
            return LoopEnds(RunPhase.Stopped); // nothing is new since the checkpoint
        inSteps = true;
        StepBegins();
        return true;
    }

    /// <summary>A further move of <see cref="Steps"/>. Returns whether there is a next step.</summary>
    internal bool StepEnded() => phase == RunPhase.Stepping && inSteps && StepEnded(StepsDone + 1, isLast || StepsDone + 1 >= planned);

    /// <summary>The loop of <see cref="Steps"/> is over: by itself, by break or by an exception.</summary>
    internal void LeaveSteps()
    {
        saver.ShutGate();
        if (!inSteps)
            return;
        if (isLast && thrown is not { Any: true })
            StepEnded(StepsDone + 1, last: true);
        else
            LeaveStep();
    }

    private void LeaveStep()
    {
        inSteps = false;
        wasLeftInStep = true;
        phase = RunPhase.Left;
        saver.Metrics.WriteDown(StepsDone + 1);
        context.Journal?.Write(new LeftInStep(context.Now, StepsDone));
    }

    private void ThrowUnlessOwnLoop(string what, long stepsDone)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(stepsDone);
        if (phase == RunPhase.Preparing)
            throw new InvalidOperationException($"Restore() must come before {what}(), or an older checkpoint would be passed over");
        if (Outcome is not null || phase == RunPhase.Left)
            throw new InvalidOperationException($"{what}({stepsDone}) after the run has ended");
        if (inSteps)
            throw new InvalidOperationException($"{what}({stepsDone}) within Steps or Batches: these count the steps themselves and save at the boundaries, for in the body of a step nobody knows whether its state is that of step {StepsDone} still. Call SaveAtBoundary() there");
    }

    /// <summary>Restores, and says what was found.</summary>
    /// <param name="count">The steps of the whole run; null while that is not known.</param>
    private void Begin(long? count)
    {
        phase = RunPhase.Restoring;
        try
        {
            parts.Begin();
            if (context.FinishedBefore is { } finished && !IsUnfinishedAgain(finished, count))
                BeginFinished(finished, mustFit: count is null);
            else
                BeginTraining(count);
        }
        catch
        {
            phase = RunPhase.Preparing;
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
            parts.BeforeRestore(context);
        var restored = RunStart.RestoreFinished(context, parts, Options, finished, mustFit);
        watchdog.Pass(last: false);
        isStateLoaded = restored is not null;
        StepsDone = mustFit ? restored!.Step : finished.Step;
        saver.Resume(StepsDone, isSaved: true);
        phase = RunPhase.FinishedBefore;
        if (!mustFit)
            return;
        parts.AfterRestore(context, StepsDone);
        parts.BeginStep(StepsDone);
    }

    private void BeginTraining(long? count)
    {
        parts.Check(WorldSize, Options.ReplicatedValues);
        parts.BeforeRestore(context);
        var (restored, borrowed) = RunStart.Restore(context, parts, Options, count);
        watchdog.Pass(last: false);
        StepsDone = restored?.Step ?? 0;
        mayEndHere = restored is not null && RunSaver.IsLast(restored.Record);
        parts.AfterRestore(context, StepsDone);
        context.Measured.Resumed(StepsDone, context.Before);
        BeginStepping(restored?.Bytes, isSaved: borrowed is null);
        RunStart.Say(context, Options, restored, borrowed, count, leads, parts);
        if (count is null)
            parts.BeginStep(StepsDone);
    }

    // What is trained beyond the end of a finished run makes it an unfinished one.
    private void GoOnBeyondEnd(long? count)
    {
        if (phase != RunPhase.FinishedBefore)
            return;
        if (!isStateLoaded)
            throw StateNotLoaded();
        parts.Check(WorldSize, Options.ReplicatedValues);
        BeginStepping(bytes: null, isSaved: true);
        RunStart.GoOn(context, StepsDone, count);
    }

    private void BeginStepping(long? bytes, bool isSaved)
    {
        var known = KnownTimes.Of(context.Before, WorldSize, bytes);
        saver.Resume(StepsDone, isSaved);
        times.BeginWithSaves(known.Stalls, known.Saves);
        times.BeginWithSteps(known.Steps, TimeSpan.FromSeconds(known.LongestStep), context.Watch.Left);
        times.StepBegins();
        saves.Begin(StepsDone);
        begunAt = StepsDone;
        phase = RunPhase.Stepping;
    }

    private InvalidOperationException StateNotLoaded() =>
        new($"the run has finished at step {StepsDone}, and its state could not be loaded (see the log): nothing can be trained on from it. Ask by Restore(), which says why, or remove {Directory} to train again");

    /// <summary>A step boundary. Returns whether there is a next step.</summary>
    private bool StepEnded(long stepsDone, bool last)
    {
        context.Measured.StepsDone(stepsDone - StepsDone);
        StepsDone = stepsDone;
        saver.Metrics.WriteDown(stepsDone);
        if (RunMetrics.WantsStepDuration)
            context.Measured.StepTook(context.Time.GetElapsedTime(times.LastBoundary));
        var look = times.StepEnded(saver.WasBusy);
        if (saver.ShutGate())
            throw new InvalidOperationException($"BeforeOptimizerStep() was not called in step {StepsDone - 1}: with SaveMode.Overlapped it must be, right before the optimizer's step. The save of step {StepsDone - 1} is given up; older checkpoints are unharmed");
        if (!last && !look && !context.Watch.StopRequested && !saves.HaveWork(stepsDone))
        {
            if (saver.Metrics.Any)
                saver.Metrics.NextStep(stepsDone);
            parts.BeginStep(stepsDone);
            return true;
        }

        watchdog.Pass(last: false);
        phase = RunPhase.Saving;
        try
        {
            return SaveAndLook(last);
        }
        catch
        {
            phase = RunPhase.Stepping;
            throw;
        }
    }

    private bool SaveAndLook(bool last)
    {
        context.Watch.Look(times);
        if (last)
        {
            // Here and not in Finish: the program may change the state between the two, and what is stored is the state of this boundary.
            saves.SaveLast(StepsDone, isStateKnown: true);
            parts.TellRemarks(context.Log);
            return LoopEnds(RunPhase.AllDone);
        }

        if (!context.Watch.StopRequested && !saves.SaveWhenDue(StepsDone))
            return LoopEnds(RunPhase.Stopped);

        // A signal may have come while a save was taken that was not due for it: then that save serves, or one more.
        if (context.Watch.StopRequested)
        {
            // One that fails is tried once more: its time may have been taken by a save before it.
            if (!saves.SaveForGood(StepsDone, "stop", isStateKnown: true) && saves.Superseded is null)
                saves.SaveForGood(StepsDone, "stop", isStateKnown: true);
            return LoopEnds(RunPhase.Stopped);
        }

        saves.NextStep(StepsDone);
        StepBegins();
        return true;
    }

    private bool LoopEnds(RunPhase how)
    {
        phase = how;
        inSteps = false;
        return false;
    }

    private void StepBegins()
    {
        phase = RunPhase.Stepping;
        saves.Measure();
        times.StepBegins();
        parts.BeginStep(StepsDone);
        parts.TellRemarks(context.Log);
    }

    /// <summary>How the loop ended, as Finish finds it. Open: no boundary has said so, so what the program holds may be newer than what was taken.</summary>
    private (RunPhase Phase, bool IsOpen, string Why) EndOfLoop()
    {
        var isStopped = context.Watch.StopRequested;
        LeaveSteps(); // in the body of a step, whose state is half done: the loop must not go on behind this end
        switch (phase)
        {
            case RunPhase.Preparing when context.FinishedBefore is not null:
                return (RunPhase.FinishedBefore, false, string.Empty);
            case RunPhase.Preparing:
                return (isStopped ? RunPhase.Stopped : RunPhase.Left, false, "Finish() came without a loop: neither Steps or Batches nor Boundary() was there");
            case RunPhase.Left when isStopped:
                return (RunPhase.Stopped, true, $"the loop was left in the body of step {StepsDone}");
            case RunPhase.Left:
                return (RunPhase.Left, false, isLast ? $"an exception was thrown in step {StepsDone} after Complete(), so nobody knows whether that step is whole" : $"the loop was left in step {StepsDone} of {planned} without Complete()");
            case RunPhase.Stepping when isLast || (mayEndHere && !isStopped):
                return (RunPhase.AllDone, true, $"the loop ended after step {StepsDone}");
            case RunPhase.Stepping when isStopped:
                return (RunPhase.Stopped, true, $"no boundary came after that of step {StepsDone}");
            case RunPhase.Stepping:
                return (RunPhase.Left, true, $"the loop ended after step {StepsDone}, and nothing says that this was the last step: Boundary({StepsDone}, last: true) does, or Complete() before it");
            default:
                return (phase, false, string.Empty);
        }
    }

    /// <summary>Waits for saves, and makes durable what can be.</summary>
    /// <returns>False when the last state is needed and is not on the disk.</returns>
    private bool Settle((RunPhase Phase, bool IsOpen, string Why) end, bool isLastNeeded)
    {
        phase = RunPhase.Saving;
        saver.Metrics.WriteDown(StepsDone);
        saver.Metrics.Flush();
        saves.Await();
        var isDurable = !context.IsWriter || saver.StepsSaved >= StepsDone;

        // The program may have gone on since: what is there to be written is what was taken.
        if (end is { IsOpen: true, Phase: RunPhase.AllDone } && isLastNeeded && saves.Superseded is null)
            isDurable = saves.SaveLast(StepsDone, isStateKnown: false);
        if (end is { IsOpen: true, Phase: RunPhase.Stopped } && saves.Superseded is null)
        {
            isDurable = saves.SaveForGood(StepsDone, "stop", isStateKnown: false);
            if (context.IsWriter && saves.Superseded is null && (wasLeftInStep || !isDurable))
                context.Log.LogWarning("a stop was asked for, and {Why}: of the state behind it nobody knows which step's it is, so it is not saved; the newest checkpoint is of step {Saved}. The next boundary would have saved and ended the loop: let it come", end.Why, saver.StepsSaved);
        }

        phase = end.Phase;
        return isDurable || end.Phase != RunPhase.AllDone;
    }

    private void EndWithoutFinish()
    {
        watchdog.Pass(last: false);
        var isUnused = phase == RunPhase.Preparing || (phase == RunPhase.Stepping && !inSteps && StepsDone == begunAt && !context.Watch.StopRequested);
        var end = isUnused ? (Phase: RunPhase.Left, IsOpen: false, Why: string.Empty) : EndOfLoop();
        Settle(end, isLastNeeded: false);
        if (saves.Superseded is not null)
        {
            Environment.ExitCode = EndSuperseded();
        }
        else if (phase == RunPhase.Stopped)
        {
            Environment.ExitCode = EndStopped();
        }
        else if (phase == RunPhase.FinishedBefore)
        {
            End(RunOutcomeKind.FinishedBefore, "finished", null);
        }
        else
        {
            if (!isUnused)
            {
                context.Log.LogWarning("{What}, and Finish() was not called: the run is not marked as finished; the next start goes on from step {Saved}", end.Why.Length == 0 ? "all steps are done" : end.Why, saver.StepsSaved);
                Environment.ExitCode = ExitCodes.Incomplete;
            }

            End(RunOutcomeKind.Left, !isUnused && phase == RunPhase.Left ? "left" : "open", null);
        }
    }

    private RunOutcome EndStopped()
    {
        watchdog.Pass(last: true);
        leads.JudgeWarning();
        Outcome = RunStop.End(context, StepsDone, saver.StepsSaved, Options);
        return Outcome;
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
            context.Log.LogError("the run is not marked as finished, for nobody knows whether a later attempt has the folder: {Error}; the next start does the last work again", error.Message);
            return End(RunOutcomeKind.Unsaved, "unsaved", ExitCodes.Incomplete);
        }
    }

    private RunOutcome EndFinished()
    {
        watchdog.Pass(last: true);
        if (WhyNotFinish() is { } refused)
            return refused;
        context.Journal?.Write(new Finished(context.Now, StepsDone, planned ?? StepsDone));
        context.Log.LogInformation("finished: {Steps} steps in {Attempts} attempt(s)", StepsDone, Attempt);

        // A task that leaves early may take the whole step with it (srun --wait) while rank 0 still saves.
        context.FirstRank?.WaitForEnd();
        return End(RunOutcomeKind.Finished, "finished", ExitCodes.Success);
    }

    private RunOutcome End(RunOutcomeKind kind, string story, int? code)
    {
        watchdog.Pass(last: true);
        Outcome = new RunOutcome(kind, code ?? (kind == RunOutcomeKind.FinishedBefore ? ExitCodes.Success : ExitCodes.Incomplete));
        context.WriteEnd(story, StepsDone, code);
        return Outcome;
    }
}
