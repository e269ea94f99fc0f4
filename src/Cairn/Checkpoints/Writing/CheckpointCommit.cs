using Cairn.Checkpoints.Reading;
using Cairn.Checkpoints.Records;
using Cairn.Posix;
using Microsoft.Extensions.Logging;

namespace Cairn.Checkpoints.Writing;

/// <summary>Gives what was written its name, which makes it a checkpoint; and where the name is taken, decides who is to have it.</summary>
/// <param name="directory">The directory of checkpoints.</param>
/// <param name="lineage">What this process went on from.</param>
/// <param name="before">Called right before anything is renamed or serves as saved; what it throws ends that.</param>
/// <param name="log">Told of what is moved aside.</param>
internal sealed class CheckpointCommit(string directory, OwnLineage lineage, Action before, ILogger log)
{
    private const int Tries = 10;

    /// <summary>The checkpoint that this process saved last.</summary>
    public CheckpointId? Newest { get; private set; }

    /// <summary>Commits. Only where the name is taken it is asked by whom: a rename never replaces a directory with something in it.</summary>
    /// <returns>False when the same state is there already.</returns>
    public bool Commit(TemporaryCheckpoint temporary, CommitRecord record, string path)
    {
        var isNew = TryAgainAndAgain(temporary, record, path);
        Newest = record.Id;
        return isNew;
    }

    private bool TryAgainAndAgain(TemporaryCheckpoint temporary, CommitRecord record, string path)
    {
        for (var left = Tries; left > 0; left--)
        {
            before();
            if (temporary.TryCommitAs(path))
                return true;
            before(); // it may be a later attempt's
            if (FileStatus.OfName(path) is not { Incarnation: var there })
                continue; // gone meanwhile
            if (Judge(new CheckpointEntry(record.Step, path), record) is not { } why)
            {
                // Who wrote it may have died between the rename and this.
                before();
                PosixDirectory.SyncPath(directory);
                return false;
            }

            before();
            MoveAside(record.Step, path, there, why);
        }

        throw new IOException($"{path} is taken again and again by another writer");
    }

    /// <summary>Why the checkpoint that has the name is to make room for another; null when it is the same state, and whole.</summary>
    /// <exception cref="IOException">It is not this attempt's to move.</exception>
    private string? Judge(CheckpointEntry entry, CommitRecord record)
    {
        CommitRecord there;
        bool isSame;
        try
        {
            using var checkpoint = OpenCheckpoint.Open(entry);
            there = checkpoint.Record;
            if (there.Attempt > record.Attempt)
                throw new IOException($"{entry.Path} is there already, by attempt {there.Attempt}, a later one than this");
            if (there.Id == Newest)
                checkpoint.CheckFiles();
            else if (checkpoint.FindFaults() is [var fault, ..])
                return fault.ToString();
            isSame = record.HasSameState(checkpoint.RecordHashedAs(record));
        }
        catch (CheckpointCorruptException e)
        {
            return new CheckpointFault(e.File, e.Problem).ToString();
        }

        if (isSame)
            return null;
        if (there.Attempt == record.Attempt)
            throw new IOException($"this attempt has saved another state as step {entry.Step} already: a step has one state, so count it as another step");
        if (lineage.RestoredStep is { } from && entry.Step > from)
            return $"attempt {there.Attempt} wrote it, and this attempt went on from step {from}";
        throw new IOException($"{entry.Path} is there already, a valid checkpoint of attempt {there.Attempt} with another state, and no start from an earlier state may replace it: move it out of the folder if it is not wanted");
    }

    private void MoveAside(long step, string path, Incarnation there, string why)
    {
        for (var number = 1; ; number++)
        {
            var aside = Path.Combine(directory, CheckpointNames.Aside(step, number));
            if (Path.Exists(aside))
                continue;
            try
            {
                if (PosixDirectory.TryRename(path, aside, there))
                    log.LogWarning(LogEvents.MovedAside, "{Path} was moved aside to {Aside}: {Reason}", path, aside, why);
                return;
            }
            catch (PosixException e) when (e.Errno == Errno.NoEntry)
            {
                return;
            }
        }
    }
}
