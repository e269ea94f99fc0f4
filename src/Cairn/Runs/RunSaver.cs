using Cairn.Attempts;
using Cairn.Checkpoints;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>Saves, and tells of it: the store does the work, this keeps journal, log, metrics and what a save costs.</summary>
internal sealed class RunSaver
{
    private readonly CheckpointStore store;
    private readonly RetentionPolicy keep;
    private readonly Journal? journal;
    private readonly ILogger log;
    private readonly TimeProvider time;
    private readonly CheckpointOrigin origin;
    private int failures;
    private long failedAt;

    public RunSaver(CheckpointStore store, RetentionPolicy keep, CheckpointOrigin origin, Journal? journal, ILogger log, TimeProvider time)
    {
        this.store = store;
        this.keep = keep;
        this.origin = origin;
        this.journal = journal;
        this.log = log;
        this.time = time;
        SavedAt = time.GetTimestamp();
    }

    /// <summary>Completed steps in the newest checkpoint; 0 when there is none.</summary>
    public long StepsSaved { get; set; }

    /// <summary>The clock's timestamp at the end of the newest save, or when this attempt began.</summary>
    public long SavedAt { get; set; }

    /// <summary>The longest save of this attempt; null before the first.</summary>
    public TimeSpan? LongestSave { get; private set; }

    /// <summary>Whether the newest save failed, and it is time to try again: at the next boundary first, then ever more rarely.</summary>
    public bool Retry => failures > 0 && !IsPausing;

    /// <summary>Whether saves fail, and the next try is not due yet.</summary>
    public bool IsPausing => failures > 0 && time.GetElapsedTime(failedAt) < Backoff;

    // A save that fails may take long to fail; training must not stand still because of it.
    private TimeSpan Backoff => failures == 1 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(60, Math.Pow(2, failures - 2)));

    /// <summary>Metrics that the program reported, kept with each checkpoint.</summary>
    public Dictionary<string, double> Metrics { get; } = new(StringComparer.Ordinal);

    /// <summary>Saves; a failure is reported, never thrown, since the older checkpoints are unharmed and training can go on.</summary>
    /// <returns>The save, or null when it failed.</returns>
    /// <exception cref="SupersededException">A later attempt has claimed the folder.</exception>
    public PendingSave? TrySave(long step, string reason, IReadOnlyDictionary<string, ICheckpointPart> parts)
    {
        try
        {
            return Save(step, reason, parts);
        }
        catch (CheckpointWriteException error)
        {
            failures++;
            failedAt = time.GetTimestamp();
            RunMetrics.SaveFailures.Add(1);
            journal?.Write(new SaveFailed(time.GetUtcNow(), step, reason, error.Message));
            log.LogError("step {Step} could not be saved: {Error}. Training goes on; it is tried again", step, error.Message);
            return null;
        }
    }

    /// <summary>Saves.</summary>
    /// <exception cref="CheckpointWriteException">The disk is full, or does not take the write.</exception>
    /// <exception cref="SupersededException">A later attempt has claimed the folder.</exception>
    public PendingSave Save(long step, string reason, IReadOnlyDictionary<string, ICheckpointPart> parts)
    {
        var began = time.GetTimestamp();
        var metadata = Metrics.ToDictionary(metric => metric.Key, metric => PartValue.From(metric.Value), StringComparer.Ordinal);
        metadata["cairn.reason"] = PartValue.From(reason);
        var pending = store.Save(step, parts, origin, metadata);
        var saved = pending.Wait();
        var stall = time.GetElapsedTime(began);

        failures = 0;
        StepsSaved = step;
        SavedAt = time.GetTimestamp();
        if (LongestSave is null || stall > LongestSave)
            LongestSave = stall;
        RunMetrics.Saves.Add(1);
        RunMetrics.SavedBytes.Add(saved.Bytes);
        RunMetrics.Stall.Record(stall.TotalSeconds);
        journal?.Write(new Saved(time.GetUtcNow(), step, reason, saved.Bytes, stall.TotalSeconds));
        log.LogDebug("saved step {Step}: {Bytes} in {Duration}", step, Bytes.Words(saved.Bytes), Duration.Words(stall));
        Prune();
        return pending;
    }

    private void Prune()
    {
        try
        {
            var pruned = store.Prune(keep);
            if (pruned.Count > 0)
                journal?.Write(new Pruned(time.GetUtcNow(), [.. pruned.Select(checkpoint => checkpoint.Step)]));
        }
        catch (CheckpointCorruptException error)
        {
            log.LogWarning("an old checkpoint could not be removed: {Error}", error.Message);
        }
    }
}
