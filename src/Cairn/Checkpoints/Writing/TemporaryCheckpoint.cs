using Cairn.Checkpoints.Records;
using Cairn.Posix;
using Microsoft.Extensions.Logging;

namespace Cairn.Checkpoints.Writing;

/// <summary>The directory in which a checkpoint is written, until one rename makes it the checkpoint.</summary>
/// <remarks>
/// While it is written its <c>checkpoint.json</c> is there, empty and locked. The kernel drops that lock when the writer is
/// gone, however it ended, so that another process can tell a dead writer's rest from a live one's work (<see cref="Leftovers"/>).
/// </remarks>
internal sealed class TemporaryCheckpoint : IDisposable
{
    // Another process that cleans up can take a directory away before it is locked, and on a busy machine the next ones, too: five in a
    // row were seen. This often it is something else.
    private const int Tries = 50;

    private readonly string path;
    private readonly ILogger log;
    private readonly PosixDirectory directory;
    private readonly PosixFile record;
    private bool committed;

    private TemporaryCheckpoint(string path, PosixDirectory directory, PosixFile record, ILogger log)
    {
        this.path = path;
        this.directory = directory;
        this.record = record;
        this.log = log;
    }

    /// <summary>Creates it, under a name that nobody has, and locks it.</summary>
    public static TemporaryCheckpoint Create(string root, long step, int attempt, ILogger log)
    {
        for (var left = Tries; ; left--)
        {
            try
            {
                var temporary = Create(Path.Combine(root, CheckpointNames.NewTemporary(step, attempt)), log);
                if (temporary.IsOurs() || left == 1)
                    return temporary;
                temporary.Dispose();
            }
            catch (PosixException e) when (e.Errno == Errno.NoEntry && left > 1)
            {
                // Taken away between two of these calls: again, under another name.
            }
        }
    }

    /// <summary>The directory's name, among the checkpoints.</summary>
    public string Name => Path.GetFileName(path);

    /// <summary>The length of a payload file.</summary>
    public long LengthOf(string name)
    {
        using var file = PosixFile.OpenRead(directory, name);
        return file.Length();
    }

    /// <summary>Creates a payload file and reserves its space.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="size">How long it will be.</param>
    /// <param name="hasItsLength">Whether it is to be so long at once where space cannot be reserved, for several who write into it.</param>
    public PosixFile CreatePayload(string name, long size, bool hasItsLength = false)
    {
        var file = PosixFile.CreateNew(directory, name);
        try
        {
            if (!file.Reserve(size) && hasItsLength)
                file.Truncate(size);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Takes a payload file over from another checkpoint, without copying it.</summary>
    /// <returns>False where that cannot be done.</returns>
    public bool TryLinkPayload(PosixDirectory from, string name) => directory.TryLink(from, name);

    /// <summary>Writes the record, and returns when it and all names of the directory are on the disk.</summary>
    public void WriteRecord(ReadOnlySpan<byte> bytes)
    {
        record.WriteAt(0, bytes);
        record.Sync();
        directory.Sync();
    }

    /// <summary>Makes it the checkpoint, and returns when that is on the disk.</summary>
    /// <returns>False when something has that name, which is never replaced.</returns>
    public bool TryCommitAs(string target)
    {
        try
        {
            PosixDirectory.Rename(path, target);
        }
        catch (PosixException e) when (e.Errno is Errno.NotEmpty or Errno.Exists or Errno.NotADirectory)
        {
            return false;
        }

        try
        {
            PosixDirectory.SyncPath(Path.GetDirectoryName(target)!);
        }
        catch
        {
            // Nobody knows whether the name will last: a checkpoint that may be gone after a power failure is none.
            PosixDirectory.TryRename(target, path, directory.Incarnation);
            throw;
        }

        committed = true;
        return true;
    }

    /// <summary>Removes what was written when it was not committed.</summary>
    public void Dispose()
    {
        record.Unlock();
        record.Dispose();
        directory.Dispose();
        if (!committed)
            Leftovers.Delete(path, log);
    }

    private static TemporaryCheckpoint Create(string path, ILogger log)
    {
        PosixDirectory.CreateNew(path);
        PosixDirectory? opened = null;
        try
        {
            opened = PosixDirectory.Open(path, followLink: false);
            return new TemporaryCheckpoint(path, opened, PosixFile.CreateNew(opened, CommitRecord.FileName), log);
        }
        catch
        {
            opened?.Dispose();
            Leftovers.Delete(path, log);
            throw;
        }
    }

    // A cleaner renames a directory while it holds the lock: with the lock, and the name still there, nobody takes it any more.
    private bool IsOurs() => record.TryLock() != FileLock.HeldByAnother && Directory.Exists(path);
}
