using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Shares;
using Cairn.Checkpoints.Writing;
using Cairn.Timing;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>
/// Saves: the store does the work, this knows what is under way, what has failed, and when to try again. At most one save is
/// under way; what came of it is collected at a step boundary.
/// </summary>
internal sealed class RunSaver
{
    /// <summary>Why a step is saved for which a metric was reported that retention chooses by.</summary>
    public const string MetricReason = "metric";

    /// <summary>Why the state after the last step is saved.</summary>
    public const string LastReason = "last";

    private const string ReasonKey = "cairn.reason";
    private const string StartedFromKey = "cairn.started_from";

    // A program that calls the gate in the wrong place does so from the first step on.
    private const int AlwaysChecked = 3;

    // The others may take so many times what the longest save took, and that long at least.
    private const double SharePatience = 10;
    private static readonly TimeSpan LeastSharePatience = TimeSpan.FromMinutes(2);

    // So often a wait looks at the job's end anew.
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(0.5);
    private readonly CheckpointStore store;
    private readonly TrainingRunOptions options;
    private readonly Journal? journal;
    private readonly ILogger log;
    private readonly TimeProvider time;
    private readonly CheckpointOrigin origin;
    private readonly RunWatch watch;
    private readonly SaveRecorder recorder;
    private readonly RunMetrics measured;
    private readonly RunTimes times;
    private readonly RunContext context;
    private readonly RunParts tracked;
    private volatile SaveInFlight? inFlight;
    private long collected;
    private OverlapGate? gate;
    private volatile StreamedSave? streaming;
    private bool streams;
    private int failures;
    private long failedAt;
    private string? failedReason;
    private long failedStep;
    private (long Count, long First, long Last) skipped;
    private bool toldOfSkip;
    private bool toldOfLoss;
    private bool toldOfSavedAlone;
    private int overlapped;
    private string? startedFrom;

    public RunSaver(RunContext context, TrainingRunOptions options, RunTimes times, RunParts tracked)
    {
        this.tracked = tracked;
        this.times = times;
        this.context = context;
        store = context.Store;
        origin = context.Origin;
        watch = context.Watch;
        recorder = new SaveRecorder(context, options);
        journal = context.Journal;
        log = context.Log;
        this.options = options;
        time = options.Time;
        Metrics = new ReportedMetrics(options.Keep.Metrics, context.Metrics, options.Time);
        measured = context.Measured;
        streams = options.SaveMode == SaveMode.Synchronous;
        TakenAt = time.GetTimestamp();
    }

    /// <summary>Completed steps in the newest checkpoint that is known to be durable; 0 when there is none. May be asked by any thread.</summary>
    public long StepsSaved => inFlight is { Pending: { IsOver: true, Durable.IsCompletedSuccessfully: true } save } ? save.Step : collected;

    /// <summary>Completed steps in the newest state that was taken: durable, or on its way.</summary>
    public long StepsTaken { get; private set; }

    /// <summary>The clock's timestamp when that state was taken, or when this attempt began its first step.</summary>
    public long TakenAt { get; private set; }

    /// <summary>The save that is being written, and for how long; null when there is none. May be asked by any thread.</summary>
    public (long Step, TimeSpan Elapsed)? Writing =>
        streaming is { } streamed ? (streamed.Step, time.GetRunningTime(streamed.Began))
        : inFlight is { Pending: { IsOver: false } save } ? (save.Step, save.Elapsed)
        : null;

    /// <summary>Whether a copy may still be going on that the optimizer's step must wait for.</summary>
    public bool IsOverlapping => gate is not null;

    /// <summary>Before the optimizer changes anything: has copied what it changes.</summary>
    /// <returns>The names of the tensors that were changed before.</returns>
    public IReadOnlyList<string> PassGate()
    {
        var passed = gate;
        gate = null;
        return passed?.Pass() ?? [];
    }

    /// <summary>The step is over: a copy that nobody waited for is worth nothing.</summary>
    /// <returns>Whether there was one.</returns>
    public bool ShutGate()
    {
        if (gate is not { } open)
            return false;
        gate = null;
        open.Shut();
        return true;
    }

    /// <summary>Whether a save was under way after the last step boundary.</summary>
    public bool WasBusy => inFlight is not null;

    /// <summary>Whether a save is under way.</summary>
    public bool IsBusy => inFlight is { Pending.IsOver: false };

    /// <summary>Whether a save has come to its end, and no step boundary has collected it yet.</summary>
    public bool HasNews => inFlight is { Pending.IsOver: true };

    /// <summary>Whether all ranks are at this boundary and wait for rank 0's word, so that each writes its share.</summary>
    public bool AllRanksAreHere { get; set; }

    /// <summary>Whether the newest save failed, and it is time to try again: at the next boundary first, then ever more rarely.</summary>
    public bool Retry => failures > 0 && !IsPausing && !IsBusy;

    /// <summary>Whether saves fail, and the next try is not due yet.</summary>
    public bool IsPausing => failures > 0 && time.GetElapsedTime(failedAt) < Backoff;

    // A save that fails may take long to fail; training must not stand still because of it.
    private TimeSpan Backoff => failures == 1 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(60, Math.Pow(2, failures - 2)));

    /// <summary>What the program reported.</summary>
    public ReportedMetrics Metrics { get; }

    /// <summary>Whether the state of the newest save that failed is still there as it was taken, to be written once more.</summary>
    public bool CanRewrite => failures > 0 && store.StagedStep is { } staged && staged > StepsSaved;

    /// <summary>
    /// Whether the save that failed is worth nothing as one of a later step: retention is to keep that very step. Then it is its copy
    /// that is written once more.
    /// </summary>
    public bool MustRewrite => failedReason == MetricReason && CanRewrite;

    /// <summary>
    /// Whether the save of this very boundary's state, which retention is to keep, has just failed and left no copy: as long as the boundary is
    /// not over, the state is there.
    /// </summary>
    public bool MustSaveAgain(long step) => failures == 1 && failedReason == MetricReason && failedStep == step && !CanRewrite;

    /// <summary>Whether a checkpoint was saved as the run's last.</summary>
    public static bool IsLast(CommitRecord record) => record.Metadata.TryGetValue(ReasonKey, out var reason) && reason == PartValue.From(LastReason);

    /// <summary>Begins with what was restored.</summary>
    /// <param name="step">Its completed steps.</param>
    /// <param name="startedFrom">The checkpoint of another run, or the file, with which this run begins; null when it is its own.</param>
    public void Resume(long step, string? startedFrom = null)
    {
        (StepsTaken, collected) = (step, startedFrom is null ? step : 0);
        this.startedFrom = startedFrom;
        TakenAt = time.GetTimestamp();
        Metrics.WriteDown(step);
    }

    /// <summary>Collects what came of a save that is over. A failure is reported, not thrown: older checkpoints are unharmed, and training can go on.</summary>
    /// <exception cref="SupersededException">A later attempt has claimed the folder.</exception>
    public void Collect()
    {
        if (inFlight is not { Pending.IsOver: true } save)
            return;
        if (save.Error is null)
            collected = save.Pending.Step; // first: another thread may ask in between, and the step is durable
        inFlight = null;
        if (skipped.Count > 0)
        {
            journal?.Write(new SavesSkipped(time.GetUtcNow(), skipped.Count, skipped.First, skipped.Last, save.Pending.Step));
            skipped = default;
        }

        switch (save.Error)
        {
            case null:
                failures = 0;
                startedFrom = null; // the first checkpoint says it
                times.AddSave(save.Duration);
                break;
            case CheckpointWriteException error:
                failures++;
                failedAt = time.GetTimestamp();
                failedReason = save.Reason;
                failedStep = save.Pending.Step;
                AllRanksAreHere &= tracked.OfEach is not null; // rank 0 has all of the state else: it tries again alone, for one of the others may have failed
                StepsTaken = collected;
                log.LogError(LogEvents.SaveFailed, "step {Step} could not be saved: {Error} It is tried again", save.Pending.Step, error.Message);
                if (!MustSaveAgain(failedStep) || !streams)
                    TellIfLost();
                break;
            case OverlapException:
                StepsTaken = collected; // who left the gate out was told where it happened
                break;
            default:
                StepsTaken = collected;
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(save.Error);
                break;
        }
    }

    /// <summary>
    /// Waits for the save that is under way, and collects it. Not to the very end of the job, which may come nearer meanwhile:
    /// some of the time is the requeue's.
    /// </summary>
    /// <returns>False when it is still under way.</returns>
    /// <exception cref="SupersededException">A later attempt has claimed the folder.</exception>
    public bool Join()
    {
        // No step follows that would come to the gate, and what waits behind it would wait for ever.
        ShutGate();
        var isOver = inFlight is null;
        while (!isOver && inFlight!.Pending.Join(watch.LeftForSaving is { } left && left < Slice ? Within(left) : Slice) is var over)
        {
            isOver = over;
            if (!over && watch.LeftForSaving <= TimeSpan.Zero)
                break;
        }

        Collect();
        return isOver;
    }

    /// <summary>Waits for the save that is under way as <see cref="Join"/> does, but leaves it to a boundary to collect it. May be called by any thread.</summary>
    public void AwaitDurable()
    {
        // Looks again and again, for the end may come nearer meanwhile; the boundary may collect the save during a wait.
        while (Writing is not null && !(watch.LeftForSaving <= TimeSpan.Zero))
            Thread.Sleep(50);
    }

    /// <summary>A save is due, but another one is under way: as the options say, waits for that one or lets this one be.</summary>
    /// <param name="step">Completed steps.</param>
    /// <param name="always">Whether it may not be left out.</param>
    /// <returns>Whether the save can begin.</returns>
    /// <exception cref="SupersededException">A later attempt has claimed the folder.</exception>
    public bool CanBegin(long step, bool always)
    {
        if (!IsBusy || streams || always || options.WhenStillSaving == WhenStillSaving.Wait)
            return Join();
        measured.SaveSkipped();
        skipped = (skipped.Count + 1, skipped.Count == 0 ? step : skipped.First, step);
        if (!toldOfSkip)
            log.LogInformation(LogEvents.SaveLeftOut, "the save of step {Step} is left out, because that of step {InFlight} is still being written; the journal counts them", step, inFlight!.Pending.Step);
        toldOfSkip = true;
        return false;
    }

    /// <summary>
    /// Takes the state and begins to save it; in the synchronous mode it is durable, or has failed, at the return. One that is
    /// under way is waited for, however long.
    /// </summary>
    /// <param name="step">Completed steps.</param>
    /// <param name="reason">Why.</param>
    /// <param name="parts">The state.</param>
    /// <param name="isAwaited">Whether the caller does nothing but wait for it.</param>
    /// <param name="overlapped">Whether a step of <see cref="TrainingRun.Steps"/> follows, in which the copy can go on.</param>
    /// <exception cref="SupersededException">A later attempt has claimed the folder.</exception>
    public PendingSave Save(long step, string reason, IReadOnlyDictionary<string, ICheckpointPart> parts, bool overlapped = false, bool isAwaited = false)
    {
        ShutGate();
        inFlight?.Pending.Join(Timeout.InfiniteTimeSpan);
        Collect();
        if (MustRewrite && store.StagedStep != step)
            TellLost(store.StagedStep!.Value);
        var save = new SaveInFlight(reason, time);
        save.Pending = AllRanksAreHere && !IsForOneAlone(step) ? Share(save, step, parts, isAwaited) : SaveAlone(save, step, parts, overlapped, isAwaited);
        inFlight = save;
        StepsTaken = step;
        TakenAt = time.GetTimestamp();
        save.Stall = save.Elapsed;
        times.AddStall(save.Stall);
        save.Taken.SetResult();
        if (streams && save.Pending.Durable.IsCompletedSuccessfully)
        {
            // It stands, and the loop need not wait while older ones are deleted.
            save.Pending.GoOnBehind(time, () => recorder.Record(save, save.Pending));
        }
        else if (streams)
        {
            recorder.Record(save, save.Pending);
            Collect();
        }

        measured.Stalled(save.Stall); // last: who listens to the meter may throw
        return save.Pending;
    }

    // A save of all has failed, and rank 0 has all that is to be had of that state.
    private bool IsForOneAlone(long step) =>
        tracked.OfEach is not null && context.SharedSaves is { } shares && (shares.StatesOf(step) is not null || shares.WhyNever(step) is not null);

    private PendingSave SaveAlone(SaveInFlight save, long step, IReadOnlyDictionary<string, ICheckpointPart> parts, bool canOverlap, bool isAwaited)
    {
        AllStates? states = null;
        if (tracked.OfEach is { } each)
        {
            states = context.SharedSaves!.StatesOf(step);
            if (states is not null)
                parts = parts.Where(part => part.Value is not PerRankPart).ToDictionary();
            else if (tracked.NeedsAll is { } needed)
                throw new InvalidOperationException($"step {step} cannot be saved by rank 0 alone: each rank has a state of its own of part '{needed}'");
            else if (!toldOfSavedAlone)
                log.LogWarning(LogEvents.SavedWithoutRanks, "step {Step} is saved by rank 0 alone, so of '{Part}' its checkpoint has rank 0's state only: the other ranks' are derived anew where the run goes on from it. Ask for saves, and report metrics, on all ranks", step, each);
            toldOfSavedAlone |= states is null;
        }

        return streams ? Stream(save, step, parts, states) : Begin(save, step, parts, states, canOverlap, isAwaited);
    }

    private PendingSave Begin(SaveInFlight save, long step, IReadOnlyDictionary<string, ICheckpointPart> parts, AllStates? states, bool canOverlap, bool isAwaited)
    {
        gate = canOverlap && options.SaveMode == SaveMode.Overlapped ? new OverlapGate(options.CheckOverlap || overlapped++ < AlwaysChecked) : null;
        try
        {
            return store.Begin(step, parts, origin, Metadata(save.Reason), pending => recorder.Record(save, pending), gate, isAwaited, states);
        }
        catch (StagingMemoryException error)
        {
            gate = null;
            log.LogWarning(LogEvents.SavesAreStreamed, "the state cannot be copied ({Problem}): from now on it is streamed to the disk while training waits. Give the job more (--mem), or choose SaveMode.Synchronous", error.Message);
            streams = true;
            return Stream(save, step, parts, states);
        }
        catch
        {
            gate = null;
            throw;
        }
    }

    // All ranks are at this boundary, and each writes its share. Several may go on at different times, so nothing is left to copy behind it.
    private PendingSave Share(SaveInFlight save, long step, IReadOnlyDictionary<string, ICheckpointPart> parts, bool isAwaited)
    {
        var most = times.LongestSave * SharePatience ?? LeastSharePatience;
        streaming = streams ? new StreamedSave(step, save.Began) : null;
        try
        {
            return context.SharedSaves!.Begin(
                step, parts, Metadata(save.Reason), copies: !streams, isAwaited, most > LeastSharePatience ? most : LeastSharePatience, Then);
        }
        catch (StagingMemoryException error)
        {
            // The others have been told to copy: what is streamed is the next one.
            log.LogWarning(LogEvents.SavesAreStreamed, "the state cannot be copied ({Problem}): from now on it is streamed to the disk while training waits. Give the job more (--mem), or choose SaveMode.Synchronous", error.Message);
            streams = true;
            return store.Failed(step, error);
        }
        finally
        {
            streaming = null;
        }

        // One that is streamed is over before it counts as begun, and recorded behind that.
        void Then(PendingSave pending)
        {
            if (!streams)
                recorder.Record(save, pending);
        }
    }

    private PendingSave Stream(SaveInFlight save, long step, IReadOnlyDictionary<string, ICheckpointPart> parts, AllStates? states)
    {
        streaming = new StreamedSave(step, save.Began);
        try
        {
            return store.Save(step, parts, origin, Metadata(save.Reason), states);
        }
        finally
        {
            streaming = null;
        }
    }

    private Dictionary<string, PartValue> Metadata(string reason)
    {
        var metadata = Metrics.OfStep.ToDictionary(metric => metric.Key, metric => PartValue.From(metric.Value), StringComparer.Ordinal);
        metadata[ReasonKey] = PartValue.From(reason);
        if (startedFrom is not null)
            metadata[StartedFromKey] = PartValue.From(startedFrom);
        return metadata;
    }

    /// <summary>
    /// Makes the newest step durable, for this is the end: waits for the save, and for one that is under way before it. When
    /// there is no time for both, the older one stands in.
    /// </summary>
    /// <param name="step">Completed steps.</param>
    /// <param name="reason">Why.</param>
    /// <param name="parts">The state.</param>
    /// <returns>Whether the newest step is durable.</returns>
    /// <exception cref="SupersededException">A later attempt has claimed the folder.</exception>
    public bool SaveForGood(long step, string reason, IReadOnlyDictionary<string, ICheckpointPart> parts)
    {
        // At this very boundary an overlapped save may have begun: nothing has changed since, so the rest is copied now.
        PassGate();
        if (!Join())
            return false;
        if (StepsSaved >= step)
            return true;
        if (IsLost(step))
            return false;
        if (MustRewrite && store.StagedStep != step && watch.LeftForSaving is null)
        {
            Rewrite(); // with a limit every second is the newest state's
            Join();
        }

        if (CanRewrite && store.StagedStep == step)
            Rewrite();
        else
            Save(step, reason, parts, isAwaited: true);
        Join();
        return StepsSaved >= step;
    }

    /// <summary>Whether the state of a step is not to be had any more, for a rank that is gone had some of it. That is told once.</summary>
    public bool IsLost(long step)
    {
        if (tracked.NeedsAll is null || context.SharedSaves!.WhyNever(step) is not { } why)
            return false;
        if (!toldOfLoss)
            log.LogError(LogEvents.StateOfRankLost, "step {Step} cannot be saved any more: {Why}; {Newest}", step, why, RunStop.Newest(StepsSaved));
        toldOfLoss = true;
        return true;
    }

    /// <summary>
    /// Writes the state of a save that failed once more, as it was when it was taken: what the program holds may be newer by now.
    /// Only when <see cref="CanRewrite"/>.
    /// </summary>
    public void Rewrite()
    {
        var save = new SaveInFlight(failedReason!, time);
        save.Pending = store.BeginAgain(pending => recorder.Record(save, pending));
        inFlight = save;
        StepsTaken = save.Pending.Step;
        save.Taken.SetResult();
    }

    private void TellIfLost()
    {
        if (failedReason == MetricReason && !CanRewrite)
            TellLost(failedStep);
    }

    private void TellLost(long step) => log.LogError(
        LogEvents.MetricStepLost, "step {Step}, for whose metric retention would have kept it, could not be saved, and its state is not there any more: what is kept by that metric is without it", step);

    private static TimeSpan Within(TimeSpan time) => time < TimeSpan.Zero ? TimeSpan.Zero : time;

    /// <summary>A save for which the loop waits until it is durable.</summary>
    private sealed record StreamedSave(long Step, long Began);
}
