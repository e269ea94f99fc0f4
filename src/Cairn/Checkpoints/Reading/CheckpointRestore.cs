using Cairn.Checkpoints.Records;
using Microsoft.Extensions.Logging;

namespace Cairn.Checkpoints.Reading;

/// <summary>One restore: the newest valid checkpoint of the run's own line is put into the parts, and what is passed over for it is named.</summary>
/// <param name="directory">The directory of checkpoints.</param>
/// <param name="lineage">Which of them are the run's.</param>
/// <param name="parts">The parts by name, in the order in which they were tracked.</param>
/// <param name="optional">Names of parts that may be missing on either side.</param>
/// <param name="log">Told of what is passed over.</param>
/// <param name="time">The clock.</param>
internal sealed class CheckpointRestore(
    string directory, OwnLineage lineage, IReadOnlyDictionary<string, ICheckpointPart> parts, IReadOnlyCollection<string> optional, ILogger log, TimeProvider time)
{
    private readonly long started = time.GetTimestamp();
    private readonly List<SkippedCheckpoint> skipped = [];
    private bool touched;

    /// <summary>Does it, in place.</summary>
    /// <param name="newest">Later steps than this are left out.</param>
    /// <returns>What was done; null when there is no checkpoint at all, and nothing was touched.</returns>
    public RestoreOutcome? Run(long newest)
    {
        var (entries, line) = Patience.Read(time, log, lineage.Read);
        foreach (var entry in entries.Where(entry => entry.Step <= newest))
        {
            try
            {
                // What is half read is read anew from the beginning: a handle that went stale stays so.
                if (Patience.Read(time, log, () => Restore(entry, line)) is { } outcome)
                    return outcome;
            }
            catch (CheckpointCorruptException e)
            {
                PassOver(entry, new CheckpointFault(e.File, e.Problem).ToString());
            }
        }

        if (skipped.Count > 0)
            throw new NoValidCheckpointException(directory, skipped, touched);
        lineage.BeginWith(null);
        return null;
    }

    private RestoreOutcome? Restore(CheckpointEntry entry, Lineage line)
    {
        using var checkpoint = OpenCheckpoint.Open(entry);
        if (line.WhyNot(checkpoint.Record.Id) is { } why)
        {
            PassOver(entry, why);
            return null;
        }

        checkpoint.CheckFiles();
        if (CheckpointLoad.FindDifferences(checkpoint, parts, optional) is { Count: > 0 } differences)
            throw new CheckpointMismatchException(entry.Path, entry.Step, differences, touched);
        touched = true;
        CheckpointLoad.Restore(checkpoint, parts);
        lineage.BeginWith(entry.Step);
        return new RestoreOutcome(
            entry.Step,
            entry.Path,
            checkpoint.Record,
            skipped,
            Conditions.Changes(checkpoint.Record.Conditions, Conditions.Merge(parts.Select(part => (part.Key, part.Value.Describe())))),
            checkpoint.BytesRead,
            time.GetElapsedTime(started));
    }

    private void PassOver(CheckpointEntry entry, string why)
    {
        skipped.Add(new SkippedCheckpoint(entry.Step, entry.Path, why));
        log.LogWarning(LogEvents.CheckpointPassedOver, "{Checkpoint} is passed over: {Reason}", entry.Path, why);
    }
}
