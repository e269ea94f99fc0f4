using Cairn.Checkpoints;
using Cairn.Checkpoints.Reading;
using Cairn.Checkpoints.Records;
using Cairn.Posix;

namespace Cairn.Cli.Inspection;

/// <summary>What came of reading a checkpoint to its last byte.</summary>
/// <param name="Entry">Which.</param>
/// <param name="Bytes">The size of all its files, as its record says; 0 where that cannot be read.</param>
/// <param name="Faults">All that is wrong; empty when nothing is.</param>
/// <param name="IsGone">It was deleted while it was read, by a run that gave it up.</param>
internal sealed record VerifiedCheckpoint(CheckpointEntry Entry, long Bytes, IReadOnlyList<CheckpointFault> Faults, bool IsGone)
{
    /// <summary>Why it could not be read now, which is no damage; null when it could.</summary>
    public string? Unreadable { get; init; }

    /// <summary>One word: good, damaged, unreadable or gone.</summary>
    public string Verdict => IsGone ? "gone" : Faults.Count > 0 ? "damaged" : Unreadable is not null ? "unreadable" : "good";
}

/// <summary>Reads checkpoints to the last byte. A file that several share is read once.</summary>
internal sealed class Verification
{
    // Which file is whole, by what its record says of it; a file that was read and found otherwise is read again, so that it is named again.
    private readonly HashSet<(FileIdentity File, string Hashes)> whole = [];
    private long read;

    /// <summary>Told how many bytes were read of how many, now and then; by several threads.</summary>
    public Action<CheckpointEntry, long, long> OnProgress { get; init; } = (_, _, _) => { };

    /// <summary>How many bytes of tensors were read from the disk so far.</summary>
    public long BytesRead => Interlocked.Read(ref read);

    /// <summary>Reads one.</summary>
    public VerifiedCheckpoint Verify(CheckpointEntry entry)
    {
        var bytes = 0L;
        try
        {
            using var checkpoint = OpenCheckpoint.Open(entry);
            bytes = checkpoint.Bytes;
            var faults = FindFaults(entry, checkpoint);
            return new(entry, bytes, faults, IsGone: faults.Count > 0 && !Path.Exists(entry.Path));
        }
        catch (CheckpointCorruptException error)
        {
            return new(entry, bytes, [new(error.File, error.Problem)], IsGone: !IsThere(entry.Path));
        }
        catch (CheckpointReadException error)
        {
            return new(entry, bytes, [], IsGone: false) { Unreadable = error.Problem };
        }
    }

    /// <summary>Lists all that is wrong with an open checkpoint.</summary>
    public IReadOnlyList<CheckpointFault> FindFaults(CheckpointEntry entry, OpenCheckpoint checkpoint)
    {
        var done = 0L;
        checkpoint.OnRead = length =>
        {
            Interlocked.Add(ref read, length);
            OnProgress(entry, Interlocked.Add(ref done, length), checkpoint.Record.PayloadBytes);
        };
        var faults = new List<CheckpointFault>();
        foreach (var file in checkpoint.Record.Files)
        {
            var key = KeyOf(checkpoint, file);
            if (key is { } known && whole.Contains(known))
            {
                OnProgress(entry, Interlocked.Add(ref done, file.Size), checkpoint.Record.PayloadBytes);
                continue;
            }

            var found = checkpoint.FindFaults(file.Name);
            faults.AddRange(found);
            if (found.Count == 0 && key is { } good)
                whole.Add(good);
        }

        return faults;
    }

    // A link that leads nowhere is there all the same.
    private static bool IsThere(string path) => Path.Exists(path) || new FileInfo(path).LinkTarget is not null;

    // Null where the file cannot be opened, or the system does not tell which it is.
    private static (FileIdentity, string)? KeyOf(OpenCheckpoint checkpoint, RecordedFile file)
    {
        try
        {
            var hashes = checkpoint.TensorsIn(file.Name).Select(tensor => $"{tensor.Offset} {string.Join(' ', tensor.Hashes)}");
            return checkpoint.IdentityOf(file.Name) is { } identity ? (identity, string.Join(';', [$"{file.Size} {file.HeaderHash}", .. hashes])) : null;
        }
        catch (CairnException error) when (error is CheckpointCorruptException or CheckpointReadException)
        {
            return null;
        }
    }
}
