using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Interruptions;
using Cairn.Runs;
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
/// <remarks>Not safe for use by several threads, but for <see cref="StopRequested"/>.</remarks>
public sealed class TrainingRun : IDisposable
{
    // Nothing trains any more when the last save fails, so somebody is given time to make room on the disk.
    private static readonly TimeSpan PatienceWithDisk = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private readonly RunContext context;
    private readonly RunSaver saver;
    private readonly StepClock clock;
    private readonly StopTime stopTime;
    private readonly Watchdog watchdog;
    private readonly Dictionary<string, ICheckpointPart> parts = new(StringComparer.Ordinal);
    private readonly List<TrackedPart> tracked = [];
    private readonly List<IStepObserver> observers = [];
    private RunPhase phase = RunPhase.Open;
    private SupersededException? superseded;
    private long planned;
    private bool inSteps;
    private bool saveAsked;
    private bool isLongStepNear;
    private bool isLastTaken;
    private ThrownSince? thrown;
    private long lastProgress;
    private MeasuredTimes measured = MeasuredTimes.None;
    private int? exitCode;

    private TrainingRun(RunContext context, TrainingRunOptions options)
    {
        this.context = context;
        Options = options;
        saver = new RunSaver(context, options);
        clock = new StepClock(context.Time);
        stopTime = new StopTime(context, clock, saver, options);
        watchdog = new Watchdog(context, options, clock, saver, () => StepsDone);
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
    /// Cheap enough for every iteration; may be asked by any thread.
    /// </summary>
    public bool StopRequested
    {
        get
        {
            context.Watch.Look(clock, saver.LongestSave);
            return context.Watch.StopRequested;
        }
    }

    /// <summary>
    /// Whether an earlier attempt came to the end, so that <see cref="Steps"/> yields nothing and <see cref="Finish"/> does
    /// nothing. Known after the first step or <see cref="Restore"/>.
    /// </summary>
    public bool AlreadyFinished => phase == RunPhase.AlreadyFinished;

    /// <summary>Opens the run: listens to signals from this moment on, and claims the folder for this attempt.</summary>
    /// <param name="directory">
    /// The folder of the checkpoints, made when missing. Default: the variable <c>CAIRN_CHECKPOINT_DIR</c>, else
    /// <c>checkpoints</c> in the current folder, with the task id behind it in a job array.
    /// </param>
    /// <param name="options">Everything else.</param>
    /// <exception cref="FolderInUseException">Another job or process that still runs uses the folder.</exception>
    /// <exception cref="CheckpointFolderException">The folder cannot be made or written.</exception>
    public static TrainingRun Open(string? directory = null, TrainingRunOptions? options = null)
    {
        options ??= new TrainingRunOptions();
        UnhandledErrors.Report();
        return new TrainingRun(RunContext.Open(directory, options), options);
    }

    /// <summary>Makes a part of the state known. All parts must be tracked before the first step.</summary>
    /// <param name="name">The part's name in a checkpoint: letters, digits, '.', '_' and '-'.</param>
    /// <param name="part">The part.</param>
    /// <exception cref="ArgumentException">The name is taken or cannot be a file's name.</exception>
    /// <exception cref="InvalidOperationException">The first step has begun.</exception>
    public void Track(string name, ICheckpointPart part)
    {
        ArgumentNullException.ThrowIfNull(part);
        if (phase != RunPhase.Open)
            throw new InvalidOperationException($"part '{name}' is tracked too late: the state was restored already. Track every part before the first step.");
        FileNames.CheckParts([.. parts.Keys, name]);
        var watched = new TrackedPart(name, part);
        parts.Add(name, watched);
        tracked.Add(watched);
        if (part is IStepObserver observer)
            observers.Add(observer);
    }

    /// <summary>
    /// Reports a value, for example a loss, of the step in whose body this is called: the checkpoint of that step carries it, and no
    /// other, and the journal tells of it. When retention chooses by the metric (<see cref="Retention.KeepBest"/>) the step is saved
    /// at its boundary, whatever the schedule says; so report such a metric when there is a new value, after an evaluation, and not
    /// in every step. In a loop of one's own it belongs to the next <see cref="Save"/>.
    /// </summary>
    /// <param name="metric">Its name.</param>
    /// <param name="value">The value; NaN and infinities too.</param>
    public void Report(string metric, double value)
    {
        ArgumentException.ThrowIfNullOrEmpty(metric);
        var belongsToStep = phase is RunPhase.Running or RunPhase.Complete && !isLastTaken;
        if (!belongsToStep && saver.Metrics.IsWatched(metric))
            context.Log.LogWarning("{Metric} was reported {When}: no checkpoint carries it, and retention does not see it. Report it in the body of a step", metric, phase == RunPhase.Open ? "before the first step" : "after the last step");
        saver.Metrics.Report(metric, value, belongsToStep);
    }

    /// <summary>Asks for a save at the next step boundary of <see cref="Steps"/>, whatever the schedule says. It waits for a save that is under way.</summary>
    /// <exception cref="InvalidOperationException">The loop is one's own: there <see cref="Save"/> does it.</exception>
    public void SaveAtBoundary()
    {
        if (phase is RunPhase.Running or RunPhase.Complete && !inSteps)
            throw new InvalidOperationException("only Steps and Batches have step boundaries; a loop of one's own calls Save() with the number of completed steps");
        saveAsked = true;
    }

    /// <summary>
    /// The numbers of the steps that are still to do. The first move restores; every further one is a step boundary, where
    /// the run is saved when that is due, and ended when something wants it to stop.
    /// </summary>
    /// <param name="count">The number of steps of the whole run.</param>
    /// <exception cref="NoValidCheckpointException">There are checkpoints, but none can be used.</exception>
    /// <exception cref="CheckpointReadException">A checkpoint can't be read now; that is no damage, so no older one is taken.</exception>
    /// <exception cref="CheckpointMismatchException">The checkpoint does not fit the tracked parts.</exception>
    public IEnumerable<long> Steps(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return new StepSequence(this, count);
    }

    /// <summary>Restores the newest valid checkpoint, for a loop of one's own; <see cref="Steps"/> does it by itself.</summary>
    /// <returns>The number of completed steps: 0 when there is no checkpoint.</returns>
    public long Restore()
    {
        if (phase == RunPhase.Open)
            Begin(count: null);
        return StepsDone;
    }

    /// <summary>Saves now, at a step boundary of a loop of one's own.</summary>
    /// <param name="stepsDone">How many steps are completed: the state that is saved is the one after so many steps.</param>
    /// <returns>
    /// The save: its state is taken; whether and when it is durable, it says itself. One that fails is tried again by
    /// <see cref="Finish"/> alone, with the state that was taken here.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">There were more steps already: steps never go back.</exception>
    /// <exception cref="InvalidOperationException">
    /// Before <see cref="Restore"/>; or in the loop of <see cref="Steps"/>, which counts the steps itself: there
    /// <see cref="SaveAtBoundary"/> asks for a save.
    /// </exception>
    /// <exception cref="Attempts.SupersededException">A later attempt has claimed the folder, as the save before this one found.</exception>
    public PendingSave Save(long stepsDone)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(stepsDone);
        if (phase == RunPhase.Open)
            throw new InvalidOperationException("Restore() must come before Save(), or an older checkpoint would be passed over");
        if (phase == RunPhase.Left)
            throw new InvalidOperationException($"Save({stepsDone}) after the run has ended");
        if (inSteps)
            throw new InvalidOperationException($"Save({stepsDone}) within Steps or Batches: these count the steps themselves and save at the boundaries, for in the body of a step nobody knows whether its state is that of step {StepsDone} still. Call SaveAtBoundary() there");
        if (stepsDone < StepsDone)
            throw new ArgumentOutOfRangeException(nameof(stepsDone), stepsDone, $"{StepsDone} steps are completed already: the number of completed steps never goes back, or a resume would take the other state for the newer one");
        if (phase == RunPhase.AlreadyFinished && stepsDone > StepsDone)
            phase = RunPhase.Running; // it goes on beyond its first end
        StepsDone = stepsDone;
        if (!context.IsWriter)
        {
            BeginObservers();
            return PendingSave.Done(new SavedCheckpoint(stepsDone, Directory, 0, TimeSpan.Zero, AlreadyThere: true));
        }

        Progress();
        saver.Metrics.BelongTo(stepsDone);
        var save = saver.Save(stepsDone, "program", parts);
        saver.Metrics.NextStep();
        TellRemarks();
        BeginObservers(); // what a step's beginning does must be done in the run that was not cut, too
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
    /// Says that the run is complete before all planned steps are done (early stopping). Within a step of
    /// <see cref="Steps"/> that step is the last one: the loop ends with it, whether it is left by break or not. Its state is saved when
    /// the loop is left, so what the program does to the model afterwards (loading the best weights, say) is no part of it.
    /// </summary>
    public void Complete()
    {
        if (phase != RunPhase.Running)
            return;
        saver.ShutGate();
        phase = RunPhase.Complete;
        if (!inSteps)
            return;
        StepsDone++;
        thrown = new ThrownSince();
    }

    /// <summary>
    /// The last statement. When all steps are done: runs the last work and marks the run as finished, so that another start
    /// does nothing. When the run was stopped: puts the job back in the queue, which ends this process.
    /// A loop of one's own that is done although something wanted it to stop says so by <see cref="Complete"/> first.
    /// </summary>
    /// <param name="lastWork">
    /// What is to be done once, after the last step, by rank 0 alone: the state is the same on every rank. Done again when it
    /// was stopped in the middle; when the job's end comes before its own, the job is requeued for it.
    /// </param>
    /// <returns>The program's exit code (see <see cref="ExitCodes"/>).</returns>
    public int Finish(Action? lastWork = null)
    {
        if (exitCode is { } known)
            return known;
        if (phase == RunPhase.Open)
            Restore();
        watchdog.Pass(last: false);
        watchdog.Activity = RunActivity.Saving;
        AwaitSave();
        if (superseded is not null)
            return End("superseded", superseded.ExitCode);
        if (phase == RunPhase.AlreadyFinished)
            return End("finished", ExitCodes.Success);
        if (phase == RunPhase.Running && inSteps)
        {
            // In the body of a step: its state is half done, and the loop must not go on behind this end.
            phase = RunPhase.Left;
            context.Journal?.Write(new LeftInStep(context.Now, StepsDone));
        }

        if (phase is RunPhase.Stopped || (phase is RunPhase.Left or RunPhase.Running && context.Watch.StopRequested))
        {
            // In a loop of one's own the save of this stop may have failed: its copy is written once more.
            if (phase == RunPhase.Running && !IsStateKnown)
                SaveForGood("stop");
            return superseded is null ? EndStopped() : End("superseded", superseded.ExitCode);
        }

        if (phase == RunPhase.Left)
        {
            context.Log.LogWarning("the loop was left in step {Step} of {Planned} without Complete(): the last work was not run; the next start goes on from step {Saved}", StepsDone, planned, saver.StepsSaved);
            return End("left", ExitCodes.Incomplete);
        }

        // The last state must be on the disk before the run counts as finished: another start would not train it again.
        if (!IsLastDurable())
        {
            if (superseded is not null)
                return End("superseded", superseded.ExitCode);
            if (context.Watch.StopRequested)
                return EndStopped();
            context.Log.LogError("the run is not marked as finished: its last state could not be saved; the next start goes on from step {Saved}", saver.StepsSaved);
            return End("unsaved", ExitCodes.Incomplete);
        }

        // The last work may write where the attempt that has taken over writes: it is that one's to do.
        if (context.IsWriter && lastWork is not null)
        {
            if (WhyNotFinish() is { } refused)
                return refused;
            watchdog.Activity = RunActivity.LastWork;
            lastWork();
        }

        return EndFinished();
    }

    /// <summary>Ends the run as <see cref="Finish"/> does, but never marks it as finished: the last work may not have been done.</summary>
    public void Dispose()
    {
        if (exitCode is null)
        {
            watchdog.Pass(last: false);
            watchdog.Activity = RunActivity.Saving;
            AwaitSave();
            if (superseded is not null)
                Environment.ExitCode = End("superseded", superseded.ExitCode);
            else if (phase == RunPhase.Stopped)
                Environment.ExitCode = EndStopped();
            else
                End(phase switch { RunPhase.Left => "left", RunPhase.AlreadyFinished => "finished", _ => "open" }, null);
        }

        if (phase is RunPhase.Open or RunPhase.Running)
            phase = RunPhase.Left; // nothing trains or saves behind this end
        thrown?.Dispose();
        watchdog.Dispose();

        // A write that still hangs needs its memory; the process is about to end.
        if (!saver.IsBusy)
            context.Store.Dispose();
        context.Dispose();
    }

    /// <summary>The parts that are tracked.</summary>
    internal IReadOnlyList<TrackedPart> Parts => tracked;

    /// <summary>Whether a part has this name.</summary>
    internal bool IsTracked(string name) => parts.ContainsKey(name);

    /// <summary>Restores and says what was found. Returns false when there is nothing to do.</summary>
    /// <param name="count">The steps of the whole run; null for a loop of one's own.</param>
    internal bool Begin(long? count)
    {
        if (phase != RunPhase.Open)
            throw new InvalidOperationException("the steps of a run can be gone through once");
        planned = count ?? long.MaxValue;
        watchdog.Activity = RunActivity.Restoring;
        foreach (var part in tracked)
            part.Begin();
        if (context.FinishedBefore is { } finished && !(finished.Planned < count))
        {
            // A program may still use the state: look at it, export it, or train on beyond this end in a loop of its own.
            RunStart.RestoreFinished(context, parts, finished, mustFit: count is null);
            watchdog.Pass(last: false);
            phase = RunPhase.AlreadyFinished;
            StepsDone = finished.Step;
            saver.Resume(StepsDone, KnownTimes.None);
            watchdog.Activity = RunActivity.LastWork;
            return false;
        }

        CheckParts();
        var seeds = WorldSize > 1 ? new RankSeeds(Directory, Rank) : null;
        IReadOnlyList<IRankPart> ofRank = seeds is null ? [] : [.. tracked.Select(part => part.Part).OfType<IRankPart>()];
        foreach (var part in ofRank)
            part.BeforeRestore(seeds!);
        var restored = RunStart.Restore(context, parts, Options, count);
        watchdog.Pass(last: false);
        StepsDone = restored?.Step ?? 0;
        foreach (var remark in ofRank.SelectMany(part => part.AfterRestore(seeds!, StepsDone)))
            context.Log.LogWarning("{Remark}", remark);
        var known = KnownTimes.Of(context.Before, WorldSize, restored?.Bytes);
        saver.Resume(StepsDone, known);
        clock.Begin(known.Steps, TimeSpan.FromSeconds(known.LongestStep), context.Watch.Left);
        Measure();
        Options.Save.IsDue(Moment); // nothing is new to save: for a schedule that tunes itself to know, before it is printed
        RunStart.Say(context, Options, restored, count, stopTime, tracked.SelectMany(part => part.Changes));
        phase = RunPhase.Running;
        watchdog.Activity = RunActivity.Stepping;
        lastProgress = context.Time.GetTimestamp();
        if (StepsDone >= count)
        {
            phase = RunPhase.AllDone;
            return false;
        }

        if (context.Watch.StopRequested)
        {
            phase = RunPhase.Stopped; // nothing is new since the checkpoint
            return false;
        }

        inSteps = count is not null;
        StepBegins();
        return true;
    }

    /// <summary>A step boundary. Returns whether there is a next step.</summary>
    internal bool StepEnded()
    {
        TakeCompleted();
        if (phase != RunPhase.Running)
            return false;
        StepsDone++;
        RunMetrics.Steps.Add(1);
        var look = clock.StepEnded(saver.WasBusy);
        var last = StepsDone >= planned;
        if (saver.ShutGate())
            throw new InvalidOperationException($"BeforeOptimizerStep() was not called in step {StepsDone - 1}: with SaveMode.Overlapped it must be, right before the optimizer's step. The save of step {StepsDone - 1} is given up; older checkpoints are unharmed");
        if (!last && !look && !saver.HasNews && !saver.Retry && !IsSaveAskedFor && !clock.NextIsLong && !isLongStepNear && !context.Watch.StopRequested && !IsSaveDue())
        {
            if (saver.Metrics.Any)
                saver.Metrics.NextStep();
            BeginObservers();
            return true;
        }

        return Boundary(last);
    }

    /// <summary>The loop was left by break or by an exception.</summary>
    internal void Leave()
    {
        saver.ShutGate();
        TakeCompleted();
        if (phase != RunPhase.Running)
            return;
        phase = RunPhase.Left;
        context.Journal?.Write(new LeftInStep(context.Now, StepsDone));
    }

    // The step that Complete() made the last one is over.
    private void TakeCompleted()
    {
        if (thrown is null)
            return;
        var isBroken = thrown.Any;
        thrown.Dispose();
        thrown = null;
        if (isBroken || phase != RunPhase.Complete)
            return;
        watchdog.Pass(last: false);
        watchdog.Activity = RunActivity.Saving;
        TakeLast();
        watchdog.Activity = RunActivity.LastWork;
    }

    // Here and not in Finish: the program may change the state between the two, and what is stored is the state of this boundary.
    private void TakeLast()
    {
        isLastTaken = true;
        SaveLast();
        TellRemarks();
    }

    private bool Boundary(bool last)
    {
        watchdog.Pass(last: false);
        watchdog.Activity = RunActivity.Saving;
        context.Watch.Look(clock, saver.LongestSave);
        if (last)
        {
            TakeLast();
            if (phase == RunPhase.Running)
                phase = RunPhase.AllDone;
            watchdog.Activity = RunActivity.LastWork;
            return false;
        }

        if (context.Watch.StopRequested ? !SaveForGood("stop") && superseded is not null : !SaveWhenDue())
            return false;

        // A signal may have come while a save was taken that was not due for it: then that save serves, or one more.
        if (context.Watch.StopRequested)
        {
            SaveForGood("stop");
            phase = RunPhase.Stopped;
            watchdog.Activity = RunActivity.LastWork;
            return false;
        }

        saveAsked = false;
        if (saver.Metrics.NextStep())
            context.Log.LogWarning("the metric by which retention chooses was reported in each of the last steps: every one of them is saved for that, and training waits. Report it after an evaluation alone");
        StepBegins();
        return true;
    }

    /// <summary>Saves when that is due. Returns false when a later attempt has taken over: the run is over.</summary>
    private bool SaveWhenDue()
    {
        if (!context.IsWriter)
            return true;
        try
        {
            saver.TakeIn();
            var reason = saver.Metrics.MakeSaveDue ? RunSaver.MetricReason : saveAsked ? "program" : IsSaveDue() ? "schedule" : saver.Retry ? "retry" : IsLongStepNear() ? "long-step" : null;
            if (reason == "retry" && saver.MustRewrite)
            {
                saver.Rewrite();
                return true;
            }

            if (reason is not null && saver.StepsTaken < StepsDone && saver.MakeWay(StepsDone, always: IsSaveAskedFor || clock.NextIsLong))
            {
                Progress();
                saver.Save(StepsDone, reason, parts, overlapped: inSteps);
            }
            else if (context.Time.GetElapsedTime(lastProgress) >= TimeSpan.FromMinutes(1))
            {
                Progress();
            }

            return true;
        }
        catch (SupersededException error)
        {
            return Superseded(error);
        }
    }

    // What is saved for it is not taken for a save of the schedule: it comes as often as its cost allows.
    private bool IsLongStepNear()
    {
        var left = context.Watch.Left;
        var isNear = LongStepGuard.IsNear(left, clock.LongestKnown, clock.Longest, context.Watch.Reserve(clock, saver.LongestSave));
        if (isNear && !isLongStepNear)
            context.Log.LogInformation("a step took {Longest} before, and the job ends in {Left}: saved from here on before such a step could begin", Duration.Words(clock.LongestKnown), Duration.Words(left!.Value));
        isLongStepNear = isNear;
        return isNear && !saver.IsPausing && LongStepGuard.IsDue(clock.NextIsLong, context.Time.GetElapsedTime(saver.TakenAt, clock.Now), clock.LongestKnown, saver.MeanStall, saver.MeanSave) && (clock.NextIsLong || !saver.IsBusy);
    }

    /// <summary>Waits until the newest state is durable. Returns whether it is; a failure is reported.</summary>
    private bool SaveForGood(string reason)
    {
        if (!context.IsWriter)
            return true;
        try
        {
            stopTime.JudgeWarning();
            if (saver.StepsTaken < StepsDone)
                Progress();
            if (IsStateKnown)
                return saver.SaveForGood(StepsDone, reason, parts);
            saver.Join();
            if (saver.StepsSaved < StepsDone && saver.CanRewrite)
            {
                saver.Rewrite();
                saver.Join();
            }

            return saver.StepsSaved >= StepsDone;
        }
        catch (SupersededException error)
        {
            return Superseded(error);
        }
    }

    /// <summary>The same at the end of the run, again and again as long as there is time.</summary>
    private bool SaveLast()
    {
        var (began, told) = (context.Time.GetTimestamp(), false);
        while (!SaveForGood("last"))
        {
            if (superseded is not null)
                return false;
            if (!IsStateKnown && !saver.CanRewrite)
            {
                context.Log.LogError("step {Step} could not be saved, its state was not kept, and what the program holds by now may be a newer one: nothing is stored as step {Step}", StepsDone, StepsDone);
                return false;
            }

            if (!told)
                context.Log.LogWarning("the last state must be on the disk before the run counts as finished: it is tried for {Patience}, or until the job's end is near", Duration.Words(PatienceWithDisk));
            told = true;
            do
            {
                context.Watch.Look(clock, saver.LongestSave);
                if (context.Watch.StopRequested || context.Time.GetElapsedTime(began) > PatienceWithDisk)
                    return false;
                Thread.Sleep(Interval); // the next try is not due yet, and a stop may be asked for meanwhile
            }
            while (saver.IsPausing);
        }

        return true;
    }

    // The last boundary has tried what there is to try, with the state that it had.
    private bool IsLastDurable() => isLastTaken ? !context.IsWriter || saver.StepsSaved >= StepsDone : SaveLast();

    // In a loop of one's own the program alone knows which step its state is of, and says it at Save().
    private bool IsStateKnown => inSteps;

    private bool IsSaveAskedFor => saveAsked || saver.Metrics.MakeSaveDue;

    /// <summary>Waits for a save that is under way.</summary>
    private void AwaitSave()
    {
        try
        {
            saver.Join();
        }
        catch (SupersededException error)
        {
            Superseded(error);
        }
    }

    private bool Superseded(SupersededException error)
    {
        superseded = error;
        phase = RunPhase.Stopped;
        context.Log.LogError("{Error}", error.Message);
        return false;
    }

    private SaveMoment Moment =>
        new(StepsDone, saver.StepsTaken, context.Time.GetElapsedTime(saver.TakenAt, clock.Now)) { Measured = measured };

    private bool IsSaveDue() => !saver.IsPausing && Options.Save.IsDue(Moment);

    private void StepBegins()
    {
        watchdog.Activity = RunActivity.Stepping;
        Measure();
        clock.StepBegins();
        BeginObservers();
        TellRemarks();
    }

    // Where a boundary has something to do, four times a second if steps are short: a schedule computes anew for another object.
    private void Measure()
    {
        var now = new MeasuredTimes { Step = clock.Mean, Stall = saver.MeanStall, LastStall = saver.LastStall, Save = saver.MeanSave };
        if (now != measured)
            measured = now;
    }

    private void BeginObservers()
    {
        foreach (var observer in observers)
            observer.OnStepBegin(StepsDone);
    }

    private void TellRemarks()
    {
        foreach (var (name, part) in parts)
        {
            foreach (var remark in part.TakeRemarks())
                context.Log.LogWarning("{Part}: {Remark}", name, remark);
        }
    }

    /// <exception cref="UntrackableStateException">There is nothing to save, or a part is of no use without one that is not tracked.</exception>
    private void CheckParts()
    {
        if (tracked.Count == 0)
            throw new UntrackableStateException("nothing is tracked, so there is nothing to save and a stopped run would begin anew: call run.Track(...) for the model, the optimizer and whatever else changes, before the first step");
        IReadOnlyCollection<ICheckpointPart> all = [.. tracked.Select(part => part.Part)];
        if (WorldSize > 1 && !Options.ReplicatedValues && tracked.FirstOrDefault(part => part.Part is IMayDifferByRank) is { } own)
            throw new UntrackableStateException($"part '{own.Name}' may hold another value on each of the {WorldSize} ranks, but rank 0's alone is saved, and a resume would put it into all of them. If it is the same on every rank say so by TrainingRunOptions.ReplicatedValues = true; else leave it out and derive it from the step and the rank");
        foreach (var part in all)
        {
            if ((part as IDependentPart)?.FindMissing(all) is { } missing)
                throw new UntrackableStateException(missing);
        }
    }

    private void Progress()
    {
        lastProgress = context.Time.GetTimestamp();
        var steps = clock.TakeStatistics();
        context.Journal?.Write(new Progress(
            context.Now, StepsDone, steps.Count, steps.Mean, steps.Deviation, steps.Longest, saver.Metrics.Newest, clock.LongestKnown.TotalSeconds));
    }

    private int EndStopped()
    {
        watchdog.Pass(last: true);
        stopTime.JudgeWarning();
        var code = RunStop.End(context, StepsDone, saver.StepsSaved, Options);
        exitCode = code;
        return code;
    }

    /// <summary>Ends the attempt when it may not finish the run, for another has the folder; null when it may.</summary>
    private int? WhyNotFinish()
    {
        try
        {
            context.Claim?.ThrowIfSuperseded();
            return null;
        }
        catch (SupersededException error)
        {
            Superseded(error);
            return End("superseded", error.ExitCode);
        }
        catch (IOException error)
        {
            context.Log.LogError("the run is not marked as finished, for nobody knows whether a later attempt has the folder: {Error}; the next start does the last work again", error.Message);
            return End("unsaved", ExitCodes.Incomplete);
        }
    }

    private int EndFinished()
    {
        watchdog.Pass(last: true);
        if (WhyNotFinish() is { } refused)
            return refused;
        context.Journal?.Write(new Finished(context.Now, StepsDone, planned == long.MaxValue ? StepsDone : planned));
        context.Log.LogInformation("finished: {Steps} steps in {Attempts} attempt(s)", StepsDone, Attempt);

        // A task that leaves early may take the whole step with it (srun --wait) while rank 0 still saves.
        context.FirstRank?.WaitForEnd();
        return End("finished", ExitCodes.Success);
    }

    private int End(string outcome, int? code)
    {
        watchdog.Pass(last: true);
        exitCode = code ?? 0;
        context.WriteEnd(outcome, StepsDone, code);
        return exitCode.Value;
    }
}
