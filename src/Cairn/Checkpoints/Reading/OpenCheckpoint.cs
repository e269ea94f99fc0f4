using System.IO.Hashing;
using Cairn.Checkpoints.Posix;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Safetensors;

namespace Cairn.Checkpoints.Reading;

/// <summary>A checkpoint that is being read: its record, checked, and its payload files, opened.</summary>
/// <remarks>
/// The order of checks is what keeps a wrong byte out of the model: the record's own checksum, the record's rules, every
/// file's size, every header's hash, every header against the record. All of it is cheap and comes before the first tensor.
/// The tensors' hashes are checked while they are read.
/// </remarks>
internal sealed class OpenCheckpoint : IDisposable
{
    // Large enough that the calls cost nothing, small enough that memory does not grow with the state; whole elements of every type.
    private const int PieceLength = 4 * 1024 * 1024;

    private readonly PosixDirectory directory;
    private readonly Dictionary<string, PosixFile> files = new(StringComparer.Ordinal);
    private byte[] piece = [];

    private OpenCheckpoint(PosixDirectory directory) => this.directory = directory;

    /// <summary>The directory.</summary>
    public PosixDirectory Directory => directory;

    /// <summary>What the checkpoint says of itself.</summary>
    public CommitRecord Record { get; private set; } = null!;

    /// <summary>The size of all its files in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many bytes of tensors were read so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Opens a checkpoint and reads its record.</summary>
    /// <exception cref="CheckpointCorruptException">It is no directory, or the record cannot be read or believed.</exception>
    public static OpenCheckpoint Open(CheckpointEntry entry)
    {
        OpenCheckpoint checkpoint;
        try
        {
            checkpoint = new OpenCheckpoint(PosixDirectory.Open(entry.Path, followLink: false));
        }
        catch (PosixException e)
        {
            throw new CheckpointCorruptException(entry.Path, file: null, InWords(e), e);
        }

        try
        {
            checkpoint.ReadRecord(entry.Step);
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Opens every payload file and checks its size and header, without reading a tensor.</summary>
    /// <exception cref="CheckpointCorruptException">A file is missing or is not what the record says.</exception>
    public void CheckFiles()
    {
        foreach (var file in Record.Files)
            CheckFile(file);
    }

    /// <summary>Which file on the disk a payload file is; null where the system does not tell.</summary>
    /// <exception cref="CheckpointCorruptException">It is missing or cannot be opened.</exception>
    public FileIdentity? IdentityOf(string file) => OpenFile(file).Identity();

    /// <summary>Lists everything that is wrong with files and tensors.</summary>
    /// <param name="only">In this file alone; null for all.</param>
    public IReadOnlyList<CheckpointFault> FindFaults(string? only = null)
    {
        var faults = new List<CheckpointFault>();
        var tensors = Record.Parts.SelectMany(part => part.Tensors).ToLookup(tensor => tensor.File, StringComparer.Ordinal);
        foreach (var file in Record.Files.Where(file => only is null || file.Name == only))
        {
            if (Finds(() => CheckFile(file)))
                continue;
            foreach (var tensor in tensors[file.Name])
                Finds(() => Read(tensor, target: null));
        }

        return faults;

        bool Finds(Action check)
        {
            try
            {
                check();
                return false;
            }
            catch (CheckpointCorruptException e)
            {
                faults.Add(new CheckpointFault(e.File, e.Problem));
                return true;
            }
        }
    }

    /// <summary>Reads a tensor of a checked file, hashing on the way.</summary>
    /// <param name="tensor">Which.</param>
    /// <param name="target">What to overwrite; null to check the bytes only.</param>
    /// <exception cref="CheckpointCorruptException">The bytes are not those that were saved. The target is overwritten by then.</exception>
    public void Read(RecordedTensor tensor, PartTensor? target)
    {
        var file = files[tensor.File];
        var hash = new XxHash128();
        var length = tensor.Info.ByteCount;
        if (piece.Length < Math.Min(length, PieceLength))
            piece = GC.AllocateUninitializedArray<byte>((int)Math.Min(length, PieceLength));
        for (var done = 0L; done < length;)
        {
            var bytes = piece.AsSpan(0, (int)Math.Min(length - done, piece.Length));
            ReadAt(tensor.File, file, tensor.Offset + done, bytes);
            hash.Append(bytes);
            target?.CopyFrom(done, bytes);
            done += bytes.Length;
        }

        BytesRead += length;
        if (new ContentHash(hash.GetCurrentHashAsUInt128()) != tensor.Hash)
            throw Corrupt(tensor.File, $"the bytes of tensor '{tensor.Name}' are not those that were saved (its hash differs)");
    }

    public void Dispose()
    {
        foreach (var file in files.Values)
            file.Dispose();
        directory.Dispose();
    }

    private static string InWords(PosixException e) => e.Errno switch
    {
        Errno.NoEntry => "it is missing",
        Errno.TooManyLinks => "it is a symbolic link, which is never followed",
        Errno.NotADirectory => "it is no directory, or a symbolic link, which is never followed",
        _ => $"it can't be read: {e.Message}",
    };

    private void ReadRecord(long step)
    {
        var file = OpenFile(CommitRecord.FileName);
        var length = LengthOf(CommitRecord.FileName, file);
        if (length > CommitRecordFile.MaximumLength)
            throw Corrupt(CommitRecord.FileName, $"it has {length} bytes, more than the {CommitRecordFile.MaximumLength} that a record may have");
        var bytes = new byte[length];
        ReadAt(CommitRecord.FileName, file, 0, bytes);
        try
        {
            Record = CommitRecordFile.FromBytes(bytes);
        }
        catch (InvalidCommitRecordException e)
        {
            throw Corrupt(CommitRecord.FileName, e.Message, e);
        }

        if (Record.Step != step)
            throw Corrupt(CommitRecord.FileName, $"it is the record of step {Record.Step}, in the directory of another");
        Bytes = length + Record.PayloadBytes;
    }

    private void CheckFile(RecordedFile expected)
    {
        var file = OpenFile(expected.Name);
        var size = LengthOf(expected.Name, file);
        if (size != expected.Size)
            throw Corrupt(expected.Name, $"it has {size} bytes instead of {expected.Size}");
        var header = new byte[expected.HeaderSize];
        ReadAt(expected.Name, file, 0, header);
        if (ContentHash.Of(header) != expected.HeaderHash)
            throw Corrupt(expected.Name, "its header is not the one that was saved (the hash differs)");
        CheckHeader(expected, header);
    }

    // With both hashes right only a faulty or hostile writer can get here, but a wrong offset would be a wrong model.
    private void CheckHeader(RecordedFile file, byte[] header)
    {
        var recorded = Record.Parts.SelectMany(part => part.Tensors).Where(tensor => tensor.File == file.Name).Select(tensor => tensor.Stored);
        try
        {
            if (!SafetensorsHeader.Parse(header, file.Size).ToHashSet().SetEquals(recorded))
                throw Corrupt(file.Name, "its header and the commit record name different tensors");
        }
        catch (SafetensorsFormatException e)
        {
            throw Corrupt(file.Name, e.Message, e);
        }
    }

    private PosixFile OpenFile(string name)
    {
        if (files.TryGetValue(name, out var opened))
            return opened;
        try
        {
            return files[name] = PosixFile.OpenRead(directory, name);
        }
        catch (PosixException e)
        {
            throw Corrupt(name, InWords(e), e);
        }
    }

    private long LengthOf(string name, PosixFile file)
    {
        try
        {
            return file.Length();
        }
        catch (PosixException e)
        {
            throw Corrupt(name, InWords(e), e);
        }
    }

    private void ReadAt(string name, PosixFile file, long offset, Span<byte> bytes)
    {
        try
        {
            file.ReadAt(offset, bytes);
        }
        catch (PosixException e)
        {
            throw Corrupt(name, InWords(e), e);
        }
        catch (EndOfStreamException e)
        {
            throw Corrupt(name, "it became shorter while it was read", e);
        }
    }

    private CheckpointCorruptException Corrupt(string file, string problem, Exception? inner = null) => new(directory.Path, file, problem, inner);
}
