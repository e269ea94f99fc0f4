using System.Runtime.InteropServices;
using Cairn.Checkpoints.Reading;
using Cairn.Checkpoints.Writing;
using Cairn.Posix;
using Microsoft.Extensions.Logging;

namespace Cairn.Checkpoints;

/// <summary>Deletes checkpoints that a policy does not keep, and nothing of which it is not sure.</summary>
/// <param name="directory">The directory of checkpoints.</param>
/// <param name="lineage">Which of them are the run's.</param>
/// <param name="known">Those that need not be parsed again.</param>
/// <param name="log">Told of what is not counted, and of what can't be deleted.</param>
internal sealed class CheckpointPruning(string directory, OwnLineage lineage, KnownCheckpoints known, ILogger log)
{
    private readonly Dictionary<long, Judged> judged = [];
    private readonly HashSet<long> toldUnreadable = [];

    /// <summary>Another one may have that name now: what was thought of it does not hold any more.</summary>
    public void Forget(long step) => judged.Remove(step);

    /// <summary>Finds what a policy does not keep, the oldest first. Deletes nothing.</summary>
    /// <param name="keep">The policy.</param>
    /// <param name="attempt">This process's attempt; 0 when it has saved nothing yet.</param>
    /// <param name="check">Checks one of the two newest before others go because it stays.</param>
    /// <exception cref="CheckpointReadException">The directory is there, but can't be listed.</exception>
    public IReadOnlyList<CheckpointEntry> FindSuperfluous(RetentionPolicy keep, int attempt, Action<OpenCheckpoint> check)
    {
        var valid = new Dictionary<long, (CheckpointEntry Entry, CheckpointSummary Summary)>();
        lineage.EnsureRead();
        foreach (var entry in CheckpointListing.Of(directory))
        {
            if (Summarize(entry, attempt, valid.Count < RetentionPlan.AlwaysKept ? check : null) is { } summary)
                valid.Add(entry.Step, (entry, summary));
        }

        return [.. RetentionPlan.StepsToDelete(keep, valid.Values.Select(one => one.Summary)).Select(step => valid[step].Entry)];
    }

    /// <summary>Deletes checkpoints that <see cref="FindSuperfluous"/> found.</summary>
    /// <returns>Those that are gone. One that could not be deleted is logged.</returns>
    public IReadOnlyList<CheckpointEntry> Delete(IReadOnlyList<CheckpointEntry> superfluous)
    {
        // An earlier process may have died between a rename and this: what is kept must last before anything goes.
        try
        {
            PosixDirectory.SyncPath(directory);
        }
        catch (PosixException e)
        {
            log.LogWarning(LogEvents.NothingPruned, "no checkpoint is deleted, because it is not sure that the newer ones last: {Reason}", e.Message);
            return [];
        }

        return [.. superfluous.Where(Delete)];
    }

    private CheckpointSummary? Summarize(CheckpointEntry entry, int attempt, Action<OpenCheckpoint>? check)
    {
        if (check is null && judged.TryGetValue(entry.Step, out var earlier))
            return earlier.Summary;
        judged.Remove(entry.Step);
        try
        {
            using var checkpoint = OpenCheckpoint.Open(entry, known.Of(entry.Step));
            check?.Invoke(checkpoint);
            var summary = lineage.Has(checkpoint.Record.Id, attempt) ? new CheckpointSummary(entry.Step, checkpoint.Record.Metadata) : null;
            judged[entry.Step] = new(summary, checkpoint.Directory.Incarnation);
            return summary;
        }
        catch (CheckpointCorruptException e)
        {
            log.LogDebug(LogEvents.CheckpointNotCounted, "not counted among the checkpoints to keep: {Reason}", e.Message);
            judged[entry.Step] = default;
            return null;
        }
        catch (CheckpointReadException e)
        {
            // Neither deleted nor counted, so none goes because of it.
            if (toldUnreadable.Add(entry.Step))
                log.LogWarning(LogEvents.CheckpointNotJudged, "what to keep is decided without this one, which stays: {Reason}", e.Message);
            return null;
        }
    }

    private bool Delete(CheckpointEntry entry) =>
        judged.Remove(entry.Step, out var then) && Leftovers.MoveAndDelete(entry.Path, then.Directory, log);

    /// <summary>A checkpoint as it was when it was looked at.</summary>
    /// <param name="Summary">Null when it does not count.</param>
    /// <param name="Directory">Which directory it was; null where the system does not tell.</param>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Judged(CheckpointSummary? Summary, Incarnation? Directory);
}
