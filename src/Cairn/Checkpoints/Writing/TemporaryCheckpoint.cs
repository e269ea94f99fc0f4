using Cairn.Checkpoints.Posix;
using Cairn.Checkpoints.Records;
using Microsoft.Extensions.Logging;

namespace Cairn.Checkpoints.Writing;

/// <summary>The directory in which a checkpoint is written, until one rename makes it the checkpoint.</summary>
/// <remarks>
/// While it is written its <c>checkpoint.json</c> is there, empty and locked. The kernel drops that lock when the writer is
/// gone, however it ended, so that another process can tell a dead writer's rest from a live one's work (<see cref="Leftovers"/>).
/// </remarks>
internal sealed class TemporaryCheckpoint : IDisposable
{
    private readonly string root;
    private readonly string path;
    private readonly ILogger log;
    private readonly PosixDirectory directory;
    private readonly PosixFile record;
    private bool committed;

    /// <summary>Creates it, under a name that nobody has.</summary>
    public TemporaryCheckpoint(string root, long step, int attempt, ILogger log)
    {
        this.root = root;
        this.log = log;
        path = Path.Combine(root, CheckpointNames.NewTemporary(step, attempt));
        PosixDirectory.CreateNew(path);
        try
        {
            directory = PosixDirectory.Open(path, followLink: false);
            record = PosixFile.CreateNew(directory, CommitRecord.FileName);

            // Where there are no locks, a rest is told by its age instead.
            record.TryLock();
        }
        catch
        {
            record?.Dispose();
            directory?.Dispose();
            Remove();
            throw;
        }
    }

    /// <summary>Creates a payload file and reserves its space.</summary>
    public PosixFile CreatePayload(string name, long size)
    {
        var file = PosixFile.CreateNew(directory, name);
        try
        {
            file.Reserve(size);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes the record, and returns when it and all names of the directory are on the disk.</summary>
    public void WriteRecord(ReadOnlySpan<byte> bytes)
    {
        record.WriteAt(0, bytes);
        record.Sync();
        directory.Sync();
    }

    /// <summary>Makes it the checkpoint, and returns when that is on the disk.</summary>
    public void CommitAs(string target)
    {
        PosixDirectory.Rename(path, target);
        try
        {
            PosixDirectory.SyncPath(root);
        }
        catch
        {
            // Nobody knows whether the name will last: a checkpoint that may be gone after a power failure is none.
            PosixDirectory.Rename(target, path);
            throw;
        }

        committed = true;
    }

    /// <summary>Removes what was written when it was not committed.</summary>
    public void Dispose()
    {
        record.Dispose();
        directory.Dispose();
        if (!committed)
            Remove();
    }

    private void Remove() => Leftovers.Delete(path, log);
}
