using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Interruptions;
using Cairn.Slurm;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>What a run stands on: the job, the claim, the store and the listener. Made by <see cref="Open"/>, in the order that matters.</summary>
internal sealed class RunContext : IDisposable
{
    private readonly InterruptionListener listener;
    private readonly RunDeadline deadline;
    private readonly TimeSpan? margin;
    private readonly long openedAt;

    private RunContext(
        string folder, TrainingRunOptions options, ILogger log, InterruptionListener listener, SlurmJob? job, AttemptClaim? claim, CheckpointStore store, CheckpointOrigin origin, IReadOnlyList<AttemptStory> before)
    {
        Folder = folder;
        Time = options.Time;
        Log = log;
        Job = job;
        Claim = claim;
        Store = store;
        Origin = origin;
        FinishedBefore = before.Select(attempt => attempt.Finished).LastOrDefault(mark => mark is not null);
        Previous = before.Count > 0 ? before[^1] : null;
        margin = options.Margin;
        openedAt = Time.GetTimestamp();
        this.listener = listener;
        deadline = new RunDeadline(job, Slurm, Time);
    }

    public string Folder { get; }

    public ILogger Log { get; }

    public TimeProvider Time { get; }

    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>The job as Slurm sees it; null without Slurm.</summary>
    public SlurmJob? Job { get; }

    /// <summary>The commands of Slurm, bounded in time.</summary>
    public SlurmCommands Slurm { get; } = new();

    public CheckpointStore Store { get; }

    public CheckpointOrigin Origin { get; }

    /// <summary>The claim on the folder; null for every rank but the first.</summary>
    public AttemptClaim? Claim { get; }

    public Journal? Journal => Claim?.Journal;

    public int Rank => Job?.Rank ?? 0;

    /// <summary>Whether this process saves, keeps the journal and requeues: rank 0 does. The state is the same on every rank.</summary>
    public bool IsWriter => Claim is not null;

    /// <summary>The mark of an earlier attempt that came to the end.</summary>
    public Finished? FinishedBefore { get; }

    /// <summary>The attempt before this one; null in the first.</summary>
    public AttemptStory? Previous { get; }

    /// <summary>What wants the run to stop, first of all; null while nothing does.</summary>
    public Interruption? Interruption => listener.First;

    /// <summary>What came first and what came last. Asked only when something came.</summary>
    public (Interruption First, Interruption Latest) Interruptions => (listener.First!, listener.Latest!);

    /// <summary>One volatile read.</summary>
    public bool StopRequested => listener.Requested;

    public DateTimeOffset? Deadline => deadline.At;

    /// <summary>What Slurm said when the first interruption came; null when it was not asked or did not answer.</summary>
    public JobStatus? StatusAtInterruption => deadline.StatusAtInterruption;

    /// <summary>Signals first, since one may come at any moment; then the job, the folder and the claim.</summary>
    public static RunContext Open(string? directory, TrainingRunOptions options)
    {
        var log = options.Logger ?? new ConsoleLogger();
        var job = SlurmJob.FromEnvironment(Environment.GetEnvironmentVariable);
        var folder = RunFolder.Resolve(directory, job);
        var signals = InterruptionListener.Start(
            new InterruptionOptions { WarningSignals = options.WarningSignals, StopFile = options.StopFile ?? Path.Combine(folder, "stop") }, options.Time);
        AttemptClaim? claim = null;
        try
        {
            RunFolder.Make(folder);
            var attempts = AttemptStory.ReadAll(folder);
            var lineage = Lineage.Of(attempts);
            var isWriter = job is null || job.Rank == 0;
            if (isWriter)
            {
                RunFolder.ThrowIfInUse(folder, attempts, job);
                claim = AttemptClaim.Take(folder, attempts);
            }

            var store = new CheckpointStore(folder, log, options.Time)
            {
                IsCurrent = id => lineage.Accepts(id.Step, id.Attempt),
                BeforeCommit = claim is null ? () => { } : claim.ThrowIfSuperseded,
            };
            var origin = new CheckpointOrigin(claim?.Number ?? (attempts.Count == 0 ? 1 : attempts[^1].Number), job?.Id, job?.WorldSize ?? 1);
            if (claim is not null)
            {
                store.RemoveLeftovers();
                var newest = store.List().Select(checkpoint => (long?)checkpoint.Step).FirstOrDefault();
                lineage.Add(claim.Number, newest ?? 0);
                claim.Journal.Write(new AttemptStarted(
                    options.Time.GetUtcNow(), claim.Number, job?.Id, job?.Restarts ?? 0, origin.WorldSize, ProcessIdentity.Current,
                    Environment.ProcessPath ?? string.Empty, newest, CairnVersion.Text));
            }

            if (claim is not null)
                claim.Journal.OnFailure = error => log.LogWarning("the journal cannot be written, the story of this attempt will have holes: {Error}", error.Message);
            var context = new RunContext(folder, options, log, signals, job, claim, store, origin, attempts);
            signals.OnArrival(context.OnInterruption);
            return context;
        }
        catch (Exception error)
        {
            claim?.Dispose();
            signals.Dispose();
            if (error is IOException or UnauthorizedAccessException)
                throw new CheckpointFolderException(folder, error);
            throw;
        }
    }

    /// <summary>The sentences for the start line: who delivers signals, and what was found wrong with them.</summary>
    public (string Delivery, IReadOnlyList<string> Findings) Signals => (listener.Delivery, listener.StartupFindings);

    /// <summary>Whether the time that is left is needed for a step and a save.</summary>
    private bool IsDeadlineNear(TimeSpan longestStep, TimeSpan? longestSave) =>
        DeadlineGuard.IsNear(Now, deadline.At, longestStep, longestSave, deadline.WallTime, margin);

    /// <summary>Looks at the deadline; when it is near, that is an interruption like any other.</summary>
    public void Look(TimeSpan longestStep, TimeSpan? longestSave)
    {
        if (listener.Requested || !IsDeadlineNear(longestStep, longestSave))
            return;
        listener.Raise(new Interruption(InterruptionKind.Deadline, Now, $"the job ends in {Duration.Words(deadline.At!.Value - Now)}", null));
    }

    /// <summary>Waits until Slurm has said when the job ends, when the environment did not.</summary>
    public void AwaitDeadline() => deadline.AwaitFirst();

    public void WriteEnd(string outcome, long step, int? exitCode)
    {
        if (Claim is null)
            return;
        Claim.Journal.Write(new AttemptEnded(Now, outcome, step, exitCode, Time.GetElapsedTime(openedAt).TotalSeconds));
        Claim.Journal.MakeDurable();
    }

    public void Dispose()
    {
        listener.Dispose();
        Claim?.Dispose();
    }

    // Called by the listener's thread: it must go on listening, so Slurm is asked by another one.
    private void OnInterruption(Interruption interruption)
    {
        RunMetrics.Interruptions.Add(1, new KeyValuePair<string, object?>("kind", interruption.Kind.ToString()));
        if (Claim is null)
            return;
        deadline.OnInterruption(interruption);
        Claim.Journal.Write(new Interrupted(
            interruption.At, interruption.Kind.ToString(), interruption.Signal, interruption.Description, deadline.At));
        Log.LogInformation("{Interruption}: saving at the next step boundary", interruption.Description);
    }
}
