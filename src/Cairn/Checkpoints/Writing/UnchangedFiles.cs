using Cairn.Checkpoints.Reading;
using Cairn.Checkpoints.Records;
using Cairn.Posix;
using Microsoft.Extensions.Logging;

namespace Cairn.Checkpoints.Writing;

/// <summary>
/// Payload files that need not be written again, because the same bytes lie on the disk already: they get one more name (a hard
/// link), so that frozen weights cost nothing.
/// </summary>
/// <remarks>
/// One bad block must not spoil two checkpoints in a row. So a file is shared with the checkpoint before the newest, and only
/// when the newest has a physical copy of its own: two copies take turns, and among the two newest, which are always kept,
/// both are there. Files are never written to again once they are committed.
/// </remarks>
internal sealed class UnchangedFiles : IDisposable
{
    private readonly OpenCheckpoint newest;
    private readonly OpenCheckpoint before;
    private readonly HashSet<FileIdentity> verified;

    private UnchangedFiles(OpenCheckpoint newest, OpenCheckpoint before, HashSet<FileIdentity> verified)
    {
        this.newest = newest;
        this.before = before;
        this.verified = verified;
    }

    /// <summary>Opens the two newest valid checkpoints before a step, whose files may be shared; null when there are not two.</summary>
    /// <param name="entries">The checkpoints before it, the newest first.</param>
    /// <param name="isOurs">Whether one is of the run's own line.</param>
    /// <param name="known">Those that need not be parsed again; added to.</param>
    /// <param name="verified">The files that this process has written, or read to the last byte; added to.</param>
    /// <param name="log">Told why nothing is shared.</param>
    public static UnchangedFiles? Find(
        IReadOnlyList<CheckpointEntry> entries, Func<CheckpointId, bool> isOurs, KnownCheckpoints known, HashSet<FileIdentity> verified, ILogger log)
    {
        OpenCheckpoint? first = null;
        try
        {
            foreach (var entry in entries)
            {
                if (TryOpen(entry, isOurs, known, log) is not { } checkpoint)
                    continue;
                if (first is not null)
                    return new UnchangedFiles(first, checkpoint, verified);
                first = checkpoint;
            }
        }
        catch (CheckpointReadException e)
        {
            // Sharing saves time; what cannot be shared is written. Which the two first are is not known either.
            log.LogDebug(LogEvents.NothingShared, "nothing is shared with older checkpoints: {Reason}", e.Message);
        }

        first?.Dispose();
        return null;
    }

    /// <summary>The hashes of a file's tensors, segment by segment in the file's order, if it may be shared in case they are still the same; else null.</summary>
    public ContentHash[][]? HashesOf(SavePlan plan, int file)
    {
        var one = plan.Files[file];
        if (HashesIn(newest, one) is not { } hashes || HashesIn(before, one) is not { } earlier || !hashes.AsSpan().SequenceEqual(earlier)
            || IdentityIn(newest, one) is not { } first || IdentityIn(before, one) is not { } second || first == second)
            return null;
        ReadOnlySpan<Segment> segments = plan.Segments.AsSpan()[plan.FirstSegmentOf(file)..plan.FirstSegmentOf(file + 1)];
        var (cut, next) = (new ContentHash[segments.Length][], 0);
        for (var i = 0; i < cut.Length && next + segments[i].Tensors <= hashes.Length; next += segments[i++].Tensors)
            cut[i] = hashes[next..(next + segments[i].Tensors)];

        // Of another number are those of a file that was not cut.
        return next == hashes.Length && cut[^1] is not null ? cut : null;
    }

    /// <summary>Gives the file its name in the new checkpoint.</summary>
    /// <returns>False when that cannot be done, or when what lies on the disk is not what was written.</returns>
    public bool TryShare(FilePlan plan, TemporaryCheckpoint target)
    {
        if (IdentityIn(before, plan) is not { } identity)
            return false;
        if (!verified.Contains(identity) && !IsWhole(plan))
            return false;
        verified.Add(identity);
        return target.TryLinkPayload(before.Directory, plan.Name);
    }

    private static OpenCheckpoint? TryOpen(CheckpointEntry entry, Func<CheckpointId, bool> isOurs, KnownCheckpoints known, ILogger log)
    {
        OpenCheckpoint? checkpoint = null;
        try
        {
            checkpoint = OpenCheckpoint.Open(entry, known.Of(entry.Step));
            if (isOurs(checkpoint.Record.Id))
            {
                checkpoint.CheckFiles();
                known.Remember(checkpoint.Known);
                return checkpoint;
            }
        }
        catch (CheckpointCorruptException e)
        {
            log.LogDebug(LogEvents.NothingShared, "nothing is shared with checkpoint {Step}: {Reason}", entry.Step, e.Message);
        }
        catch
        {
            checkpoint?.Dispose();
            throw;
        }

        checkpoint?.Dispose();
        return null;
    }

    private bool IsWhole(FilePlan plan)
    {
        try
        {
            return before.FindFaults(plan.Name).Count == 0;
        }
        catch (CheckpointReadException)
        {
            return false; // nobody knows just now: it is written anew
        }
    }

    public void Dispose()
    {
        newest.Dispose();
        before.Dispose();
    }

    private static FileIdentity? IdentityIn(OpenCheckpoint checkpoint, FilePlan plan)
    {
        try
        {
            return checkpoint.IdentityOf(plan.Name);
        }
        catch (CairnException e) when (e is CheckpointCorruptException or CheckpointReadException)
        {
            return null; // gone, or not to be opened: it is written anew
        }
    }

    private static ContentHash[]? HashesIn(OpenCheckpoint checkpoint, FilePlan plan)
    {
        var layout = plan.Layout;
        if (!checkpoint.Record.Files.Any(file => file.Name == plan.Name && file.Size == layout.FileSize && file.HeaderHash == layout.HeaderHash))
            return null;

        // The same header is the same tensors in the same order at the same places.
        return [.. checkpoint.TensorsIn(plan.Name).OrderBy(tensor => tensor.Offset).SelectMany(tensor => tensor.Hashes)];
    }
}
