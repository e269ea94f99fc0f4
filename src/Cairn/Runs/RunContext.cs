using System.Collections.Concurrent;
using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Interruptions;
using Cairn.Notices;
using Cairn.Ranks;
using Cairn.Slurm;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>What a run stands on: the job, the claim, the store and the watch. Made by <see cref="Open"/>, in the order that matters.</summary>
internal sealed class RunContext : IDisposable
{
    // The attempts that this process has followed to their end. Rank 0 may open the folder again later than this rank: the claim that lies there is none to follow then.
    private static readonly ConcurrentDictionary<(string Folder, int Attempt), bool> Followed = new();
    private readonly long openedAt;
    private readonly Notifier? notifier;
    private volatile bool requeues;
    private bool haveRanksMet;

    private RunContext(
        string folder,
        TrainingRunOptions options,
        ILogger log,
        InterruptionListener listener,
        SlurmJob? job,
        RankPlace place,
        AttemptClaim? claim,
        FirstRank? firstRank,
        RunRanks? ranks,
        CheckpointStore store,
        CheckpointOrigin origin,
        IReadOnlyList<AttemptStory> before,
        Remembered remembered)
    {
        Folder = folder;
        Time = options.Time;
        Log = log;
        Job = job;
        Place = place;
        Claim = claim;
        FirstRank = firstRank;
        Ranks = ranks;
        Store = store;
        Origin = origin;
        Before = before;
        Remembered = remembered;
        Metrics = claim is null ? null : new MetricsFile(AttemptFiles.Metrics(folder, claim.Number))
        {
            OnFailure = error => log.LogWarning(LogEvents.MetricsFileFailed, "the metrics file cannot be written, what is reported in this attempt will have holes there: {Error}", error.Message),
        };
        Measured = new RunMetrics(folder);
        if (claim is not null && options.Notify.Count > 0)
            notifier = new(options.Notify, problem => log.LogWarning(LogEvents.NotifyFailed, "{Problem}", problem));
        openedAt = Time.GetTimestamp();
        Slurm = new SlurmCommands(Time);
        Stopping = new StopToken(log);

        // One process of a job asks Slurm and goes by the deadline; the others go by what that one does.
        Watch = new RunWatch(listener, claim is null ? null : job, Slurm, Time, options, log, OnInterruption);
    }

    public string Folder { get; }

    public ILogger Log { get; }

    public TimeProvider Time { get; }

    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>The job as Slurm sees it; null without Slurm.</summary>
    public SlurmJob? Job { get; }

    /// <summary>This process among the ranks.</summary>
    public RankPlace Place { get; }

    /// <summary>The commands of Slurm, bounded in time.</summary>
    public SlurmCommands Slurm { get; }

    /// <summary>What wants the run to stop, and when it must.</summary>
    public RunWatch Watch { get; }

    /// <summary>The same as a token.</summary>
    public StopToken Stopping { get; }

    public CheckpointStore Store { get; }

    public CheckpointOrigin Origin { get; }

    /// <summary>The claim on the folder; null for every rank but the first.</summary>
    public AttemptClaim? Claim { get; }

    /// <summary>Rank 0, as the others see it; null for itself.</summary>
    public FirstRank? FirstRank { get; }

    /// <summary>The ranks that are connected; null with one rank, and where the others go by rank 0's journal.</summary>
    public RunRanks? Ranks { get; }

    /// <summary>Waits until all ranks are there, or it is known that they go on apart; once.</summary>
    /// <returns>The ranks that act together; null where none do.</returns>
    /// <exception cref="RankException">Not all came in time, and they must act together.</exception>
    public RunRanks? AwaitRanks(TrainingRunOptions options)
    {
        if (!haveRanksMet)
            Ranks?.AwaitAll(options.Ranks, options.Save.StepGrid, () => Watch.StopRequested);
        haveRanksMet = true;
        return Together;
    }

    /// <summary>The same, once it is known that all are there.</summary>
    public RunRanks? Together => Ranks is { IsTogether: true } ? Ranks : null;

    /// <summary>Their saves in shares; null where rank 0 saves alone.</summary>
    public SharedSaves? SharedSaves { get; set; }

    public Journal? Journal => Claim?.Journal;

    /// <summary>Where reported values are written down; null for every rank but the first.</summary>
    public MetricsFile? Metrics { get; }

    /// <summary>What others measure of the run.</summary>
    public RunMetrics Measured { get; }

    public int Rank => Place.Rank;

    /// <summary>This rank in words, with its machine: many write to one log.</summary>
    public string Who => $"rank {Rank} on {NodeName.Own}";

    /// <summary>Whether this process saves, keeps the journal and requeues: rank 0 does. The state is the same on every rank.</summary>
    public bool IsWriter => Claim is not null;

    /// <summary>The attempts before this one, oldest first; each is read when it is asked for.</summary>
    public IReadOnlyList<AttemptStory> Before { get; }

    /// <summary>What all of them together tell.</summary>
    public Remembered Remembered { get; }

    /// <summary>The mark of an earlier attempt that came to the end.</summary>
    public Finished? FinishedBefore => Remembered.Finished;

    /// <summary>Signals first, since one may come at any moment; then the job, the folder and the claim.</summary>
    public static RunContext Open(string? directory, TrainingRunOptions options)
    {
        var log = new GuardedLogger(options.Logger ?? new ConsoleLogger());
        var time = options.Time;
        var foreign = ForeignVariables.Find(time);
        if (foreign.Count > 0)
            log.LogWarning(LogEvents.ForeignVariables, "{Variables}", ForeignVariables.InWords(foreign));
        var job = SlurmJob.FromEnvironment(name => foreign.Contains(name) ? null : Environment.GetEnvironmentVariable(name));
        var place = options.Place ?? RankPlace.Of(job);
        var folder = RunFolder.Resolve(directory, job);
        var signals = InterruptionListener.Start(options.SignalsByHost ? null : options.WarningSignals, options.StopFile ?? Path.Combine(folder, "stop"), time, OuterWrapper.Requeues(Environment.GetEnvironmentVariable, job));
        AttemptClaim? claim = null;
        HubServer? hub = null;
        RunRanks? ranks = null;
        try
        {
            RunFolder.Make(folder, time, log);
            FirstRank? firstRank = null;
            if (place.Rank == 0)
            {
                // There before anybody else can be, who learns of it by the claim: what another rank says to one that is not there is lost.
                hub = RankMeeting.Listen(place, job, options, log);
                ranks = RankMeeting.Join(hub, null, isSameMachine: true, place, job, options, log);
                claim = RunFolder.Claim(folder, job, place, ranks is null ? null : hub?.Address.ToString(), time, log);
            }
            else
            {
                firstRank = FirstRank.WaitForClaim(
                    folder,
                    claimed => claimed.Job == job?.Id && claimed.Restarts == (job?.Restarts ?? 0) && claimed.Step == place.Launch && !Followed.ContainsKey((folder, claimed.Attempt)), time, options.RankPatience);
                ranks = RankMeeting.Join(null, firstRank.Claim.Control, firstRank.Claim.Process.Host == Environment.MachineName, place, job, options, log);
            }

            var number = claim?.Number ?? firstRank!.Attempt;
            var (before, remembered) = RunFolder.Remember(folder, number, claim, time, log);
            var store = new CheckpointStore(folder, log, time)
            {
                ResumedFrom = before.ResumedFrom,
                BeforeCommit = claim is null ? () => { } : claim.ThrowIfSuperseded,
            };
            if (claim is not null || ranks is not null)
                store.StartThreads(background: options.SaveMode != SaveMode.Synchronous);
            if (claim is not null)
            {
                store.RemoveLeftovers();
                AttemptFiles.RemoveProbes(folder);
                claim.Journal.Write(new FolderTaken(time.GetUtcNow(), store.List() is [var newest, ..] ? newest.Step : null));
                claim.Journal.Write(remembered);
                claim.Journal.OnFailure = error => log.LogWarning(LogEvents.JournalFailed, "the journal cannot be written, the story of this attempt will have holes: {Error}", error.Message);
            }

            return new RunContext(
                folder, options, log, signals, job, place, claim, firstRank, ranks, store, new CheckpointOrigin(number, job?.Id, place.WorldSize), before, remembered);
        }
        catch (Exception error)
        {
            // A connection that is closed without a word is a death to the others, which may be here once the folder is claimed.
            if (claim is not null || place.Rank != 0)
                ranks?.TellLeft(RunRanks.HowItFailed(error));
            claim?.Dispose();
            ranks?.Dispose();
            hub?.Dispose();
            signals.Dispose();
            if (error is IOException or UnauthorizedAccessException)
                throw new CheckpointFolderException(folder, error);
            throw;
        }
    }

    /// <summary>For every rank but the first, which goes by its journal: where rank 0 goes on; null when it found nothing to do.</summary>
    public Resumed? AwaitFirstRank()
    {
        var resumed = FirstRank!.WaitForResume();
        if (resumed is null)
            Watch.Raise(new Interruption(InterruptionKind.FirstRank, Now, "rank 0 ended before it had restored", null));
        return resumed;
    }

    /// <summary>For every rank but the first: waits until rank 0 has come to its end and done what it decided. A requeue ends this process, too.</summary>
    /// <exception cref="FirstRankException">It lives no more.</exception>
    public RunOutcome AwaitEndOfFirstRank()
    {
        if (Together is { } ranks)
        {
            var kind = ranks.AwaitEnd();
            return new(kind, kind is RunOutcomeKind.Left or RunOutcomeKind.Unsaved or RunOutcomeKind.Superseded ? ExitCodes.Incomplete : ExitCodes.Success);
        }

        FirstRank!.WaitForEnd();
        return new(RunStop.OfFirstRank(FirstRank.Story()), ExitCodes.Success);
    }

    /// <summary>Has the user's command told, where there is one. Never waits.</summary>
    public void Notify(string what, long step, long saved, string? cause, string reason) => notifier?.Tell(
        new(what, Now, Job?.Id, Origin.Attempt, Environment.MachineName, Folder, step, saved == 0 ? null : saved, cause, reason));

    /// <summary>Waits until it has been told, as long as an end may.</summary>
    public void AwaitNotified(bool isRequeued) => notifier?.Await(Notifier.Patience(isRequeued, Watch.Left));

    public void WriteEnd(string outcome, long step, int? exitCode)
    {
        if (Claim is null)
            return;
        Metrics!.Flush();
        Claim.Journal.Write(new AttemptEnded(Now, outcome, step, exitCode, Time.GetElapsedTime(openedAt).TotalSeconds));
        Claim.Journal.MakeDurable();
    }

    /// <summary>From now on a TERM is what Slurm sends because of the requeue, and nothing to tell of.</summary>
    public void RequeueBegins() => requeues = true;

    public void Dispose()
    {
        if (FirstRank is { } followed)
            Followed.TryAdd((Folder, followed.Attempt), true);
        Watch.Dispose();
        Ranks?.Dispose();
        Measured.Dispose();
        Metrics?.Dispose();
        Claim?.Dispose();
    }

    private void OnInterruption(Interruption interruption, DateTimeOffset? deadline)
    {
        Stopping.Cancel();
        if (interruption.Kind != InterruptionKind.RankLost)
            Ranks?.WantStop(interruption);
        Measured.Interrupted(interruption.Kind.ToString());
        if (Claim is null || requeues)
            return;
        Claim.Journal.Write(new Interrupted(interruption.At, interruption.Kind.ToString(), interruption.Signal, interruption.Description, deadline));
        if (interruption.Kind == InterruptionKind.RankLost)
            return; // there is no next boundary
        Log.LogInformation(
            LogEvents.Interrupted, "{Interruption}: saving at the next step boundary",
            new NumberedText(interruption.Description, ("Left", deadline is { } end ? Duration.Words(end - interruption.At) : null)));
    }
}
