using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Records;
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
/// <remarks>
/// Not safe for use by several threads, but for <see cref="StopRequested"/>, <see cref="Stopping"/> and <see cref="RequestStop"/>.
/// </remarks>
public sealed class TrainingRun : IDisposable
{
    private readonly RunContext context;
    private readonly RunLoop loop;
    private readonly RunSaver saver;
    private readonly RunEnd end;

    private TrainingRun(RunContext context, TrainingRunOptions options)
    {
        this.context = context;
        Options = options;
        loop = new RunLoop(context, options);
        saver = loop.Saver;
        end = new RunEnd(context, options, loop);
        context.Measured.Show(() => StepsDone, () => saver.StepsSaved, () => context.Watch.Left);
    }

    /// <summary>Completed steps in the newest checkpoint that is known to be durable; 0 when there is none.</summary>
    internal long StepsSaved => saver.StepsSaved;

    /// <summary>Whether a copy of the state goes on until <see cref="BeforeOptimizerStep"/>.</summary>
    internal bool IsCopying => saver.IsOverlapping;

    private RunState State => loop.State;

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

    /// <summary>Small things that ranks say to each other. The first waits for all ranks, if nothing did before. With one rank, and where the ranks do not act together, each is alone.</summary>
    public RankControl Control => field ??= new RankControl(() => context.AwaitRanks(Options)?.Group);

    /// <summary>Completed steps, of all attempts together.</summary>
    public long StepsDone => State.StepsDone;

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
            if (!State.IsStepping)
                context.Watch.CheckDeadline(loop.Times);
            return context.Watch.StopRequested;
        }
    }

    /// <summary>Cancelled when something wants the run to stop, for evaluation, data loading and the like. May be asked for by any thread.</summary>
    public CancellationToken Stopping => context.Stopping.Token;

    /// <summary>
    /// Whether an earlier attempt came to the end, so that <see cref="Steps"/> yields nothing and <see cref="Finish"/> does
    /// nothing. Known after the first step or <see cref="Restore"/>.
    /// </summary>
    public bool AlreadyFinished => State.IsFinishedBefore;

    /// <summary>How the run ended; null before <see cref="Finish"/> or <see cref="Dispose"/>.</summary>
    public RunOutcome? Outcome => State.Outcome;

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

    /// <summary>Where to begin, said behind <see cref="Open"/>: what a host cannot put into an option's text.</summary>
    /// <exception cref="ArgumentException">What is asked for contradicts itself.</exception>
    /// <exception cref="InvalidOperationException">The state was restored already.</exception>
    internal void BeginWith(StartFrom from)
    {
        from.Check();
        if (State.Phase != RunPhase.Preparing)
            throw new InvalidOperationException("where to begin is said too late: the state was restored already");
        Options.StartFrom = from;
    }

    /// <summary>Makes a part of the state known. All parts must be tracked before the first step, and before <see cref="Restore"/>.</summary>
    /// <param name="name">The part's name in a checkpoint: letters, digits, '.', '_' and '-'.</param>
    /// <param name="part">The part.</param>
    /// <exception cref="ArgumentException">The name is taken or cannot be a file's name.</exception>
    /// <exception cref="InvalidOperationException">The state was restored already.</exception>
    public void Track(string name, ICheckpointPart part) => Track(name, part, isPerRank: part is IRankPart);

    /// <summary>
    /// Makes a part known of which each rank has a small state of its own: a generator of random numbers, a running mean, the place in a stream. Every
    /// checkpoint has the states of all ranks, and each gets back its own, to the bit. Where another number of ranks goes on, a part that is
    /// <see cref="IRankPart"/> shares them out anew; any other is an error that says how many ranks are needed, and nothing is loaded. With one process it
    /// is a part like others.
    /// </summary>
    /// <remarks>
    /// It is saved only where ranks act together (<see cref="RankMode"/>): the run does not begin where they do not. No rank can save alone then: what
    /// <see cref="SaveAtBoundary"/> or a metric asks for on some ranks only is saved at the next step at which all can, and
    /// <see cref="Save"/> is an error. Torch's random state (<c>TrackRandomState</c>) is of this kind by itself.
    /// </remarks>
    /// <param name="name">The part's name in a checkpoint: letters, digits, '.', '_' and '-'; the same on all ranks.</param>
    /// <param name="part">This rank's, of 64 KiB at most.</param>
    /// <exception cref="ArgumentException">The name is taken or cannot be a file's name.</exception>
    /// <exception cref="InvalidOperationException">The state was restored already.</exception>
    public void TrackPerRank(string name, ICheckpointPart part) => Track(name, part, isPerRank: true);

    private void Track(string name, ICheckpointPart part, bool isPerRank)
    {
        ArgumentNullException.ThrowIfNull(part);
        if (State.Phase != RunPhase.Preparing)
            throw new InvalidOperationException($"part '{name}' is tracked too late: the state was restored already. Track every part before the first step, and before Restore()");
        loop.Parts.Add(name, part, isPerRank);
    }

    /// <summary>
    /// Reports a value, for example a loss, of the step in whose body this is called: the checkpoint of that step carries it, and no
    /// other, and the journal tells of it. When retention chooses by the metric (<see cref="Retention.KeepBest"/>) the step is saved
    /// at its boundary, whatever the schedule says; so report such a metric when there is a new value, after an evaluation, and not
    /// in every step. In a loop of one's own it belongs to the next <see cref="Boundary"/> or <see cref="Save"/>. May be called by any
    /// thread, at any time: what another one reports while the run is at a boundary belongs to this step or to the next, so a metric by
    /// which retention chooses is the loop's own thread's to report.
    /// </summary>
    /// <param name="metric">Its name.</param>
    /// <param name="value">The value; NaN and infinities too.</param>
    /// <exception cref="ArgumentException">The name is empty, begins with "cairn.", or has half a surrogate pair.</exception>
    public void Report(string metric, double value)
    {
        ArgumentException.ThrowIfNullOrEmpty(metric);
        if (metric.StartsWith("cairn.", StringComparison.Ordinal))
            throw new ArgumentException($"'{metric}' can be no metric's name: those that begin with cairn. are the run's own", nameof(metric));
        if (!PartValueJson.IsWellFormed(metric))
            throw new ArgumentException($"'{metric}' can be no metric's name: half a surrogate pair cannot be written as UTF-8", nameof(metric));
        var belongsToStep = State.IsStepping;
        if (!belongsToStep && saver.Metrics.IsWatched(metric))
            context.Log.LogWarning(LogEvents.MetricOutsideStep, "{Metric} was reported {When}: no checkpoint carries it, and retention does not see it. Report it in the body of a step", metric, State.Phase == RunPhase.Preparing ? "before the first step" : "after the last step");
        saver.Metrics.Report(metric, value, belongsToStep);
        if (!belongsToStep && State.Phase is not (RunPhase.Preparing or RunPhase.Restoring))
            saver.Metrics.WriteDown(StepsDone); // of the state behind the loop
        context.Measured.WasReported(metric, value);
    }

    /// <summary>Asks for a save at the next step boundary, whatever the schedule says. It waits for a save that is under way.</summary>
    public void SaveAtBoundary() => loop.Saves.Asked = true;

    /// <summary>
    /// Asks the run to stop, as a stop file does: it saves at the next step boundary and ends, and is not put back in the queue. Beside
    /// a signal it counts for nothing, for then it is taken for what the program does about that signal. May be called by any thread, at any time.
    /// Of ranks that act together it is the next boundary when all ask in one step, and else the next that all can still come to.
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
        loop.Restore();
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
        return new StepSequence(loop, count);
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
    public bool Boundary(long stepsDone, bool last = false) => loop.Boundary(stepsDone, last);

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
    public PendingSave Save(long stepsDone) => loop.Save(stepsDone);

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
    public void Complete() => loop.Complete();

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
    public RunOutcome Finish(Action? lastWork = null) => end.Finish(lastWork);

    /// <summary>
    /// Ends the run. Without <see cref="Finish"/> before it a run that something wanted to stop is put back in the queue as there, but none is
    /// marked as finished, for the last work may not have been done; that is told, and <see cref="Environment.ExitCode"/> says so.
    /// </summary>
    public void Dispose()
    {
        if (Outcome is null)
            end.EndWithoutFinish();
        loop.Dispose();

        // A write that still hangs needs its memory; the process is about to end.
        if (!saver.IsBusy)
            context.Store.Dispose();
        context.Dispose();
    }

    /// <summary>The process got a signal, by the word of the runtime that hosts the library (<see cref="TrainingRunOptions.SignalsByHost"/>). May be called by any thread.</summary>
    internal void HostGot(int signal) => context.Watch.Hear(signal);

    /// <summary>
    /// Has a function called with memory for copies of the state: taken (true), or about to be given back (false), which it may not be where the answer is
    /// false. Before the first save.
    /// </summary>
    internal void OnMemory(Func<nint, long, bool, bool> function) => context.Store.OnMemory = (memory, comes) => function(memory.Address, memory.Length, comes);

    /// <summary>Whether this very part is tracked.</summary>
    internal bool Tracks(ICheckpointPart part) => loop.Parts.Contains(part);

    /// <summary>Whether a part has this name.</summary>
    internal bool IsTracked(string name) => loop.Parts.ByName.ContainsKey(name);
}
