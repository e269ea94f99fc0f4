using System.Collections.Concurrent;
using System.IO.Hashing;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Safetensors;
using Cairn.Checkpoints.Threads;
using Cairn.Posix;

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

    // More than the cores of a small machine: a reader mostly waits for the disk, which answers several at once.
    private const int Threads = 4;

    private readonly PosixDirectory directory;
    private readonly Dictionary<string, PosixFile> files = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<byte[]> buffers = [];
    private ILookup<string, RecordedTensor>? tensors;
    private KnownCheckpoint? known;
    private ContentHash checksum;

    private OpenCheckpoint(PosixDirectory directory) => this.directory = directory;

    /// <summary>The directory.</summary>
    public PosixDirectory Directory => directory;

    /// <summary>What the checkpoint says of itself.</summary>
    public CommitRecord Record { get; private set; } = null!;

    /// <summary>The size of all its files in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many bytes of tensors were read so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Told of every piece of a tensor that was read, how many bytes it has; by several threads at once. Default: does nothing.</summary>
    public Action<int> OnRead { get; set; } = _ => { };

    /// <summary>Its record, to open it again without parsing that.</summary>
    public KnownCheckpoint Known => known ?? new(Record, checksum);

    /// <summary>Opens a checkpoint and reads its record.</summary>
    /// <param name="entry">Which.</param>
    /// <param name="known">Its record as this process knows it; if it is still the same, it is not parsed again, nor are the files' headers. Null when it knows none.</param>
    /// <exception cref="CheckpointCorruptException">It is no directory, or the record is not there or cannot be believed.</exception>
    /// <exception cref="CheckpointReadException">It cannot be read just now; so with all that follows.</exception>
    public static OpenCheckpoint Open(CheckpointEntry entry, KnownCheckpoint? known = null)
    {
        var checkpoint = OpenDirectory(entry);
        try
        {
            checkpoint.Record = checkpoint.ReadRecord(bytes =>
            {
                checkpoint.checksum = CommitRecordFile.Checksum(bytes);
                checkpoint.known = known?.Checksum == checkpoint.checksum ? known : null;
                return checkpoint.known?.Record ?? CommitRecordFile.FromBytes(bytes);
            });
            if (checkpoint.Record.Step != entry.Step)
                throw checkpoint.Corrupt(CommitRecord.FileName, $"it is the record of step {checkpoint.Record.Step}, in the directory of another");
            checkpoint.Bytes = checkpoint.LengthOf(CommitRecord.FileName, checkpoint.OpenFile(CommitRecord.FileName)) + checkpoint.Record.PayloadBytes;
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Reads which checkpoint it is, and no more: a record may be long.</summary>
    /// <exception cref="CheckpointCorruptException">It is no directory, or the record is not there or cannot be believed.</exception>
    /// <exception cref="CheckpointReadException">It cannot be read just now.</exception>
    public static CheckpointId ReadId(CheckpointEntry entry)
    {
        using var checkpoint = OpenDirectory(entry);
        return checkpoint.ReadRecord(CommitRecordFile.IdFromBytes);
    }

    /// <summary>Opens every payload file and checks its size and header, without reading a tensor.</summary>
    /// <exception cref="CheckpointCorruptException">A file is missing or is not what the record says.</exception>
    public void CheckFiles()
    {
        foreach (var file in Record.Files)
            CheckFile(file);
    }

    /// <summary>The tensors in a payload file.</summary>
    public IEnumerable<RecordedTensor> TensorsIn(string file) =>
        (tensors ??= Record.Parts.SelectMany(part => part.Tensors).ToLookup(tensor => tensor.File, StringComparer.Ordinal))[file];

    /// <summary>Which file on the disk a payload file is; null where the system does not tell.</summary>
    /// <exception cref="CheckpointCorruptException">It is missing or cannot be opened.</exception>
    public FileIdentity? IdentityOf(string file) => OpenFile(file).Identity();

    /// <summary>Lists everything that is wrong with files and tensors.</summary>
    /// <param name="only">In this file alone; null for all.</param>
    public IReadOnlyList<CheckpointFault> FindFaults(string? only = null)
    {
        var faults = new List<CheckpointFault>();
        foreach (var file in Record.Files.Where(file => only is null || file.Name == only))
        {
            if (Finds(() => CheckFile(file)))
                continue;
            var reads = TensorsIn(file.Name).SelectMany(tensor => TensorRead.Of(tensor, Record.Segment, target: null)).ToList();
            Read(reads);
            RecordedTensor? last = null;
            foreach (var read in reads.Where(read => read.Failure is not null && read.Tensor != last))
            {
                last = read.Tensor; // one fault a tensor, in however many segments
                faults.Add(new CheckpointFault(read.Failure!.File, read.Failure.Problem) { Tensor = last.Name });
            }
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

    /// <summary>Reads tensors of checked files, by several threads, hashing on the way.</summary>
    /// <remarks>
    /// What is wrong with one that has no target is noted there. Of memory it takes nothing for what has a target, else a piece a thread.
    /// </remarks>
    /// <exception cref="CheckpointCorruptException">The bytes of one that has a target are not those that were saved. Targets are overwritten by then.</exception>
    public void Read(IReadOnlyList<TensorRead> reads)
    {
        // In their order on the disk; and a thread that waits for its turn waits for a piece that another one has begun.
        var pieces = new List<Piece>();
        foreach (var read in reads)
        {
            for (var at = read.Start; at == read.Start || at < read.End; at += PieceLength)
                pieces.Add(new Piece(read, at, (int)Math.Min(read.End - at, PieceLength)));
            BytesRead += read.End - read.Start;
        }

        WorkerPool.Readers.Run(pieces.Count, Threads, i => Read(pieces[i].Read, pieces[i].Offset, pieces[i].Length));
    }

    /// <summary>Reads a tensor of a checked file by its own means, piece by piece, on this thread.</summary>
    /// <exception cref="CheckpointCorruptException">The bytes are not those that were saved. The target is overwritten by then.</exception>
    public void Read(RecordedTensor tensor, PartTensor target)
    {
        foreach (var read in TensorRead.Of(tensor, Record.Segment, target: null))
        {
            ReadInOrder(tensor, read.Start, read.End, (at, bytes) =>
            {
                if (read.Hash(at, bytes) && !read.IsRight)
                    throw Altered(tensor);
                if (bytes.Length > 0)
                    target.CopyFrom(at, bytes);
            });
        }

        BytesRead += tensor.Info.ByteCount;
    }

    /// <summary>The record as it would be, had its tensors been hashed in the pieces of another's, so that the two can be compared. Reads those that were not.</summary>
    /// <exception cref="CheckpointCorruptException">A file became shorter.</exception>
    public CommitRecord RecordHashedAs(CommitRecord other)
    {
        var others = other.Parts.SelectMany(part => part.Tensors.Select(tensor => ((part.Name, tensor.Info.Name), tensor))).ToDictionary();
        return Record with { Parts = [.. Record.Parts.Select(part => part with { Tensors = [.. part.Tensors.Select(tensor => HashedAs(part.Name, tensor))] })] };

        RecordedTensor HashedAs(string part, RecordedTensor tensor)
        {
            if (!others.TryGetValue((part, tensor.Name), out var model) || !model.Info.Equals(tensor.Info))
                return tensor;
            var length = tensor.Info.ByteCount;
            List<long> own = EndsOfPieces(tensor.Offset, length, Record.Segment), wanted = EndsOfPieces(model.Offset, length, other.Segment);
            if (own.SequenceEqual(wanted))
                return tensor;
            var (hashes, hash, start) = (new List<ContentHash>(), new XxHash128(), 0L);
            foreach (var end in wanted)
            {
                ReadInOrder(tensor, start, end, (_, bytes) => hash.Append(bytes));
                hashes.Add(ContentHash.Of(hash));
                hash.Reset();
                start = end;
            }

            return tensor with { Hash = hashes[0], MoreHashes = [.. hashes.Skip(1)] };
        }
    }

    public void Dispose()
    {
        foreach (var file in files.Values)
            file.Dispose();
        directory.Dispose();
    }

    private static List<long> EndsOfPieces(long offset, long length, long segment)
    {
        var ends = new List<long>();
        do
            ends.Add(FormatLimits.EndOfPiece(offset, length, segment, ends is [.., var last] ? last : 0));
        while (ends[^1] < length);
        return ends;
    }

    private void ReadInOrder(RecordedTensor tensor, long start, long end, Use use)
    {
        var buffer = TakeBuffer();
        for (var at = start; at == start || at < end; at += buffer.Length)
        {
            var bytes = buffer.AsSpan(0, (int)Math.Min(end - at, buffer.Length));
            ReadAt(tensor.File, files[tensor.File], tensor.Offset + at, bytes);
            use(at, bytes);
        }

        buffers.Add(buffer);
    }

    private static string InWords(PosixException e) => e.Errno switch
    {
        Errno.NoEntry => "it is missing",
        Errno.Loop => "it is a symbolic link, which is never followed",
        Errno.NotADirectory => "it is no directory, or a symbolic link, which is never followed",
        Errno.IsADirectory or Errno.NotSeekable => "it is no regular file, it can't be read",
        _ => e.Message,
    };

    private static OpenCheckpoint OpenDirectory(CheckpointEntry entry)
    {
        try
        {
            return new OpenCheckpoint(PosixDirectory.Open(entry.Path, followLink: false));
        }
        catch (PosixException e)
        {
            throw e.ProvesDamage ? new CheckpointCorruptException(entry.Path, file: null, InWords(e), e) : new CheckpointReadException(entry.Path, file: null, e);
        }
    }

    private T ReadRecord<T>(Func<byte[], T> parse)
    {
        var file = OpenFile(CommitRecord.FileName);
        var length = LengthOf(CommitRecord.FileName, file);
        if (length > CommitRecordFile.MaximumLength)
            throw Corrupt(CommitRecord.FileName, $"it has {length} bytes, more than the {CommitRecordFile.MaximumLength} that a record may have");
        var bytes = new byte[length];
        ReadAt(CommitRecord.FileName, file, 0, bytes);
        try
        {
            return parse(bytes);
        }
        catch (InvalidCommitRecordException e)
        {
            throw Corrupt(CommitRecord.FileName, e.Message, e);
        }
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
        if (known is null)
            CheckHeader(expected, header);
    }

    // With both hashes right only a faulty or hostile writer can get here, but a wrong offset would be a wrong model.
    private void CheckHeader(RecordedFile file, byte[] header)
    {
        var recorded = TensorsIn(file.Name).Select(tensor => tensor.Stored);
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

    private void Read(TensorRead read, long offset, int length)
    {
        if (read.IsGivenUp)
            return;
        byte[]? buffer = null;
        try
        {
            buffer = read.Target is null ? TakeBuffer() : null;
            var bytes = buffer is null ? read.Target!.At(offset, length) : buffer.AsSpan(0, length);
            ReadAt(read.Tensor.File, files[read.Tensor.File], read.Tensor.Offset + offset, bytes);
            OnRead(length);
            if (read.Hash(offset, bytes) && !read.IsRight)
                throw Altered(read.Tensor);
        }
        catch (CheckpointCorruptException error)
        {
            // Who checks wants to know of all of them; for who restores, this checkpoint is over.
            read.GiveUp(error);
            if (read.Target is not null)
                throw;
        }
        catch
        {
            // Another thread may be waiting for this piece's turn to be over.
            read.GiveUp(null);
            throw;
        }

        if (buffer is not null)
            buffers.Add(buffer);
    }

    private byte[] TakeBuffer() => buffers.TryTake(out var buffer) ? buffer : GC.AllocateUninitializedArray<byte>(PieceLength);

    private CheckpointCorruptException Altered(RecordedTensor tensor) =>
        Corrupt(tensor.File, $"the bytes of tensor '{tensor.Name}' are not those that were saved (its hash differs)");

    private PosixFile OpenFile(string name)
    {
        if (files.TryGetValue(name, out var opened))
            return opened;
        try
        {
            files[name] = PosixFile.OpenRead(directory, name);
            files[name].WillBeReadInOrder();
            return files[name];
        }
        catch (PosixException e)
        {
            throw Failure(name, e);
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
            throw Failure(name, e);
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
            throw Failure(name, e);
        }
        catch (EndOfStreamException e)
        {
            throw Corrupt(name, "it became shorter while it was read", e);
        }
    }

    private CairnException Failure(string file, PosixException e) => e.ProvesDamage ? Corrupt(file, InWords(e), e) : new CheckpointReadException(directory.Path, file, e);

    private CheckpointCorruptException Corrupt(string file, string problem, Exception? inner = null) => new(directory.Path, file, problem, inner);

    private delegate void Use(long offset, ReadOnlySpan<byte> bytes);

    private sealed record Piece(TensorRead Read, long Offset, int Length);
}
