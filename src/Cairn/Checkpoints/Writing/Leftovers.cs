using Cairn.Checkpoints.Records;
using Cairn.Posix;
using Microsoft.Extensions.Logging;

namespace Cairn.Checkpoints.Writing;

/// <summary>What dead writers left in the store, and how it goes away without disturbing a live one.</summary>
/// <remarks>
/// A writer locks the <c>checkpoint.json</c> of its temporary directory. Who gets that lock knows that the writer is dead. A
/// directory that is still empty is removed too; a writer that lives makes another. Where the file system has no locks, a
/// directory in which nothing changed for an hour is taken for dead. Should that be wrong, the writer loses this one save,
/// with an error, and no more: the directory is renamed before anything in it is deleted, so its commit either came first or
/// fails.
/// </remarks>
internal static class Leftovers
{
    private static readonly TimeSpan DeadAfter = TimeSpan.FromHours(1);

    /// <summary>Removes half-written and half-deleted checkpoints whose owner is dead.</summary>
    /// <returns>How many were removed.</returns>
    public static int Remove(string root, TimeProvider time, ILogger log)
    {
        if (!Directory.Exists(root))
            return 0;
        try
        {
            return Directory.GetDirectories(root, CheckpointNames.TemporaryPrefix + "*").Count(path => RemoveIfDead(path, time, log))
                + Directory.GetDirectories(root, CheckpointNames.DeletingPrefix + "*").Count(path => Delete(path, log));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.LogWarning(LogEvents.LeftoversNotRemoved, "what dead writers left in {Directory} could not be removed: {Reason}", root, e.Message);
            return 0;
        }
    }

    /// <summary>Takes a directory's name away in one move and then deletes it: half deleted, it can't be taken for what it was.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="judged">Which one it is that is to go; another one that has the name by now stays.</param>
    /// <param name="log">Told what could not be done.</param>
    /// <returns>False when it could not be removed; a warning says why.</returns>
    public static bool MoveAndDelete(string path, Incarnation? judged, ILogger log) => Move(path, judged, log) is { } deleting && Delete(deleting, log);

    /// <summary>Deletes a directory that nobody takes for a checkpoint.</summary>
    /// <returns>False when something is left; a warning says why, and the next start tries again.</returns>
    public static bool Delete(string path, ILogger log)
    {
        try
        {
            Directory.Delete(path, recursive: true);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.LogWarning(LogEvents.LeftoverNotRemoved, "{Path} could not be deleted: {Reason}", path, e.Message);
            return false;
        }
    }

    private static bool RemoveIfDead(string path, TimeProvider time, ILogger log)
    {
        if (!PosixDirectory.RemoveEmpty(path) && !(MoveIfDead(path, time, log) is { } deleting && Delete(deleting, log)))
            return false;
        log.LogInformation(LogEvents.LeftoverRemoved, "removed {Path}: its writer ended before it was a checkpoint", path);
        return true;
    }

    /// <returns>The name under which it is to be deleted; null when it lives, or could not be moved.</returns>
    private static string? MoveIfDead(string path, TimeProvider time, ILogger log)
    {
        var judged = FileStatus.OfName(path)?.Incarnation;
        try
        {
            // The lock is held over the rename: a writer that gets it after that sees that the name is gone.
            using var directory = PosixDirectory.Open(path, followLink: false);
            judged = directory.Incarnation;
            using var record = PosixFile.OpenForLock(directory, CommitRecord.FileName);
            switch (record.TryLock())
            {
                case FileLock.Taken:
                    return Move(path, judged, log);
                case FileLock.HeldByAnother:
                    return null;
            }
        }
        catch (PosixException)
        {
            // No record, or it can't be opened: the age decides.
        }

        return LastChange(path) + DeadAfter < time.GetUtcNow() ? Move(path, judged, log) : null;
    }

    private static string? Move(string path, Incarnation? judged, ILogger log)
    {
        var deleting = Path.Combine(Path.GetDirectoryName(path)!, CheckpointNames.NewDeleting(Path.GetFileName(path)));
        try
        {
            if (PosixDirectory.TryRename(path, deleting, judged))
                return deleting;
            log.LogWarning(LogEvents.LeftoverRenamed, "{Path} was not removed: another one has its name by now", path);
            return null;
        }
        catch (PosixException e)
        {
            if (e.Errno != Errno.NoEntry)
                log.LogWarning(LogEvents.LeftoverNotRemoved, "{Path} could not be removed: {Reason}", path, e.Message);
            return null;
        }
    }

    private static DateTimeOffset LastChange(string path)
    {
        // A live writer may commit it right now: what is gone did not change long ago, it is no rest at all.
        if (!Directory.Exists(path))
            return DateTimeOffset.MaxValue - DeadAfter;
        var changes = Directory.GetFiles(path).Append(path).Select(File.GetLastWriteTimeUtc);
        return new DateTimeOffset(changes.Max(), TimeSpan.Zero);
    }
}
