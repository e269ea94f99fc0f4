using Cairn.Posix;

namespace Cairn.Attempts;

/// <summary>The right to write into a checkpoint folder: the attempt with the highest number has it.</summary>
/// <remarks>
/// The number is taken by creating <c>attempts/NNNN.jsonl</c> exclusively (O_EXCL, which NFS keeps too). An attempt that still
/// lives when a later one claims sees the later file before it commits, and stops. The folder is listed for that: NFS clients
/// remember for a while that a single file was not there. They remember a listing, too, for up to a minute; but the answer to a
/// change of one's own in the folder says how the folder was before it, and where that is not what the client remembers it
/// forgets the listing. So a file is made there and removed, and then the folder is listed.
/// </remarks>
internal sealed class AttemptClaim : IDisposable
{
    private readonly string folder;

    private AttemptClaim(string folder, int number, Journal journal)
    {
        this.folder = folder;
        Number = number;
        Journal = journal;
    }

    /// <summary>This attempt's number, from 1.</summary>
    public int Number { get; }

    /// <summary>This attempt's journal.</summary>
    public Journal Journal { get; }

    /// <summary>Takes the next number, which stays taken after a power failure, too.</summary>
    /// <param name="checkpointFolder">The folder; made when missing.</param>
    /// <param name="known">The attempts that were there when the caller looked.</param>
    /// <param name="describe">Makes the claim's line from the number.</param>
    /// <param name="newestSaver">The highest number of an attempt whose checkpoint is there: its journal may be gone, its number is taken all the same.</param>
    public static AttemptClaim Take(string checkpointFolder, IReadOnlyList<AttemptStory> known, Func<int, AttemptStarted> describe, int newestSaver = 0)
    {
        Directory.CreateDirectory(AttemptFiles.Folder(checkpointFolder));
        var number = checked(Math.Max(known.Count == 0 ? 0 : known[^1].Number, newestSaver) + 1);
        var path = AttemptFiles.Journal(checkpointFolder, number);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (IOException) when (File.Exists(path))
        {
            var who = new AttemptStory(number, path, JournalFile.ReadEnds(path)).Claim;
            var name = who is null ? "another process" : who.Job is { } job ? $"job {job}" : $"process {who.Process.Pid} on {who.Process.Host}";
            throw new FolderInUseException(checkpointFolder, $"{name} claimed attempt {number} at the same moment");
        }

        var claim = new AttemptClaim(checkpointFolder, number, new Journal(file));
        try
        {
            claim.Journal.Write(describe(number));
            claim.Journal.MakeDurable();
            PosixDirectory.SyncPath(AttemptFiles.Folder(checkpointFolder));
            return claim;
        }
        catch
        {
            // It would look like an attempt that lives, and to the next try like somebody else's.
            claim.Dispose();
            TryRemove(path);
            throw;
        }
    }

    /// <summary>Whether a later attempt has claimed the folder, so that this one may not write any more.</summary>
    /// <exception cref="IOException">The folder cannot be listed, so nobody knows.</exception>
    public bool IsSuperseded()
    {
        try
        {
            ForgetListing();
            foreach (var file in Directory.EnumerateFiles(AttemptFiles.Folder(folder)))
            {
                if (AttemptFiles.Number(file) > Number)
                    return true;
            }

            return false;
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException(error.Message, error);
        }
    }

    /// <summary>Refuses to go on when <see cref="IsSuperseded"/>.</summary>
    /// <exception cref="SupersededException">A later attempt has claimed the folder.</exception>
    public void ThrowIfSuperseded()
    {
        if (IsSuperseded())
            throw new SupersededException(folder, Number);
    }

    public void Dispose() => Journal.Dispose();

    private static void TryRemove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What kept it from being written is what is told.
        }
    }

    private void ForgetListing()
    {
        var probe = AttemptFiles.NewProbe(folder);
        try
        {
            new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0).Dispose();
            File.Delete(probe);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A full disk has no room for a name. To set the folder's time is a change, too, and needs none.
            try
            {
                Directory.SetLastWriteTimeUtc(AttemptFiles.Folder(folder), TimeProvider.System.GetUtcNow().UtcDateTime);
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                // Nothing can be changed there, so nothing will be committed either; the listing says what it can.
            }
        }
    }
}
