using Cairn.Checkpoints.Reading;
using Cairn.Checkpoints.Records;
using Cairn.Posix;

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

    /// <summary>Takes over both checkpoints.</summary>
    /// <param name="newest">The newest valid one.</param>
    /// <param name="before">The one before it.</param>
    /// <param name="verified">The files that this process has written, or read to the last byte; added to.</param>
    public UnchangedFiles(OpenCheckpoint newest, OpenCheckpoint before, HashSet<FileIdentity> verified)
    {
        this.newest = newest;
        this.before = before;
        this.verified = verified;
    }

    /// <summary>The hashes of a file's tensors, in the file's order, if it may be shared in case they are still the same; else null.</summary>
    public ContentHash[]? HashesOf(FilePlan plan) =>
        HashesIn(newest, plan) is { } hashes && HashesIn(before, plan) is { } earlier && hashes.AsSpan().SequenceEqual(earlier)
        && IdentityIn(newest, plan) is { } first && IdentityIn(before, plan) is { } second && first != second
            ? hashes
            : null;

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
        return [.. checkpoint.TensorsIn(plan.Name).OrderBy(tensor => tensor.Offset).Select(tensor => tensor.Hash)];
    }
}
