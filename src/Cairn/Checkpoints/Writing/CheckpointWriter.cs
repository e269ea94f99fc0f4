using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.IO.Hashing;
using Cairn.Checkpoints.Reading;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Safetensors;
using Cairn.Posix;

namespace Cairn.Checkpoints.Writing;

/// <summary>Writes what a plan says into a temporary directory: from a staged copy, or streamed from the live state.</summary>
internal sealed class CheckpointWriter : IDisposable
{
    // What a thread has in flight to the disk, and all memory that it needs besides the model. Whole elements of every type.
    private const int PieceLength = 4 * 1024 * 1024;

    // Four writes at a time reach what the disk can do, while one thread hashes; more gain nothing and cost the training its cores.
    private const int Threads = 5;

    private readonly PiecePool pieces = new(PieceLength);
    private bool? isDirect;

    /// <summary>Makes the record of the files and parts that were written.</summary>
    public delegate CommitRecord Describe(IReadOnlyList<RecordedFile> files, IReadOnlyList<RecordedPart> parts);

    /// <summary>The files that this writer has written and committed to the disk, or found whole there.</summary>
    public HashSet<FileIdentity> Verified { get; } = [];

    /// <summary>Streams the live state: copied, hashed and written piece by piece. Returns when it is on the disk (but not yet a checkpoint).</summary>
    /// <returns>The record, and the size of all files.</returns>
    public (KnownCheckpoint Written, long Bytes) WriteLive(TemporaryCheckpoint temporary, SavePlan plan, UnchangedFiles? unchanged, Describe describe) =>
        Write(temporary, plan, unchanged, describe, file => plan.Files[file].Layout.Tensors.Select(HashOfLive), sinks =>
        {
            var pinned = sinks.Select(sink => PinnedFile.TryPin(plan.Files[sink.File].Layout)).ToList();
            try
            {
                var hashes = WriteByThreads(
                    plan,
                    [.. Enumerable.Range(0, sinks.Count).Where(i => pinned[i] is not null).Select(i => (i, sinks[i]))],
                    i => pinned[i]!.Hashes(),
                    (i, offset, length) =>
                    {
                        var piece = pieces.Take();
                        pinned[i]!.CopyTo(offset, piece.At(0, length));
                        sinks[i].Sink.Write(offset, piece.At(0, length));
                        pieces.GiveBack(piece);
                    });

                // What its part alone can reach is asked for by one thread, and once: it may lie on a device.
                return [.. Enumerable.Range(0, sinks.Count).Select(i => hashes.GetValueOrDefault(i) ?? Stream(plan.Files[sinks[i].File], sinks[i].Sink))];
            }
            finally
            {
                pinned.ForEach(file => file?.Dispose());
            }
        });

    /// <summary>Writes a staged copy, by several threads, hashing beside. Returns when it is on the disk (but not yet a checkpoint).</summary>
    /// <returns>The record, and the size of all files.</returns>
    public (KnownCheckpoint Written, long Bytes) WriteStaged(TemporaryCheckpoint temporary, SavePlan plan, StagedState state, UnchangedFiles? unchanged, Describe describe) =>
        Write(temporary, plan, unchanged, describe, file => HashesOfStaged(plan.Files[file].Layout, state, file), sinks =>
        {
            var hashes = WriteByThreads(
                plan,
                [.. sinks.Select((sink, i) => (i, sink))],
                i => HashesOfStaged(plan.Files[sinks[i].File].Layout, state, sinks[i].File),
                (i, offset, length) => sinks[i].Sink.Write(offset, state.Await(state.StartOf(sinks[i].File) + offset, length)));
            return [.. Enumerable.Range(0, sinks.Count).Select(i => hashes[i])];
        });

    public void Dispose() => pieces.Dispose();

    /// <summary>Hashes and writes files, piece by piece, each piece on any thread.</summary>
    private static ConcurrentDictionary<int, ContentHash[]> WriteByThreads(
        SavePlan plan,
        IReadOnlyList<(int Number, (int File, PayloadSink Sink) Sink)> files,
        Func<int, IEnumerable<ContentHash>> hashesOf,
        Action<int, long, int> write)
    {
        var hashes = new ConcurrentDictionary<int, ContentHash[]>();
        var work = new List<Action>();

        // A file's hashing is the longest piece of work, so it is begun first.
        foreach (var (i, _) in files)
            work.Add(() => hashes[i] = [.. hashesOf(i)]);
        foreach (var (i, (file, _)) in files)
        {
            var length = AlignedMemory.RoundUp(plan.Files[file].Layout.FileSize);
            for (var done = 0L; done < length; done += PieceLength)
            {
                var offset = done;
                work.Add(() => write(i, offset, (int)Math.Min(length - offset, PieceLength)));
            }
        }

        Workers.Do(work.Count, Threads, number => work[number]());
        return hashes;
    }

    private static IEnumerable<ContentHash> HashesOfStaged(SafetensorsLayout layout, StagedState state, int file)
    {
        state.AwaitAll();
        var hash = new XxHash128();
        for (var i = 0; i < layout.Tensors.Length; i++)
        {
            var length = layout.Tensors[i].Info.ByteCount;
            if (length <= PieceLength)
            {
                yield return ContentHash.Of(state.Await(state.StartOf(file) + layout.Offsets[i], (int)length));
                continue;
            }

            for (var done = 0L; done < length; done += PieceLength)
                hash.Append(state.Await(state.StartOf(file) + layout.Offsets[i] + done, (int)Math.Min(length - done, PieceLength)));
            yield return ContentHash.Of(hash);
            hash.Reset();
        }
    }

    private (KnownCheckpoint Written, long Bytes) Write(
        TemporaryCheckpoint temporary,
        SavePlan plan,
        UnchangedFiles? unchanged,
        Describe describe,
        Func<int, IEnumerable<ContentHash>> hashesOf,
        Func<IReadOnlyList<(int File, PayloadSink Sink)>, ContentHash[][]> writePayload)
    {
        var hashes = new ContentHash[plan.Files.Length][];
        for (var i = 0; i < hashes.Length; i++)
        {
            // Compared one by one: at the first tensor that training has changed the file is known to be another.
            if (unchanged?.HashesOf(plan.Files[i]) is { } known && hashesOf(i).SequenceEqual(known) && unchanged.TryShare(plan.Files[i], temporary))
                hashes[i] = known;
        }

        WriteFiles(temporary, plan, hashes, writePayload);
        var record = describe([.. plan.Files.Select(Recorded)], Recorded(plan, hashes));
        var bytes = CommitRecordFile.ToBytes(record);
        temporary.WriteRecord(bytes);
        return (new(record, CommitRecordFile.Checksum(bytes)), bytes.Length + record.PayloadBytes);
    }

    /// <summary>Writes the files whose hashes are not known yet.</summary>
    private void WriteFiles(
        TemporaryCheckpoint temporary,
        SavePlan plan,
        ContentHash[][] hashes,
        Func<IReadOnlyList<(int File, PayloadSink Sink)>, ContentHash[][]> writePayload)
    {
        var sinks = new List<(int File, PayloadSink Sink)>();
        try
        {
            // Space for everything first: a disk that is too small is found before any time is spent.
            for (var i = 0; i < hashes.Length; i++)
            {
                if (hashes[i] is null)
                    sinks.Add((i, CreateSink(temporary, plan.Files[i])));
            }

            var written = writePayload(sinks);
            Workers.Do(sinks.Count, Threads, i => sinks[i].Sink.Finish());
            for (var i = 0; i < sinks.Count; i++)
            {
                hashes[sinks[i].File] = written[i];
                if (sinks[i].Sink.Identity is { } identity)
                    Verified.Add(identity);
            }
        }
        finally
        {
            foreach (var (_, sink) in sinks)
                sink.Dispose();
        }
    }

    // Whether the directory takes direct I/O is found out once.
    private PayloadSink CreateSink(TemporaryCheckpoint temporary, FilePlan file)
    {
        var sink = new PayloadSink(temporary.CreatePayload(file.Name, file.Layout.FileSize), file.Layout.FileSize, tryDirect: isDirect ?? true);
        isDirect = sink.IsDirect;
        return sink;
    }

    private ContentHash HashOfLive(PartTensor tensor)
    {
        var piece = pieces.Take();
        var (hash, length) = (new XxHash128(), tensor.Info.ByteCount);
        for (var done = 0L; done < length; done += PieceLength)
        {
            var bytes = piece.At(0, (int)Math.Min(length - done, PieceLength));
            tensor.CopyTo(done, bytes);
            hash.Append(bytes);
        }

        pieces.GiveBack(piece);
        return ContentHash.Of(hash);
    }

    private ContentHash[] Stream(FilePlan plan, PayloadSink sink)
    {
        var piece = pieces.Take();
        var stream = new PieceStream(sink, PieceLength, piece);
        stream.Append(plan.Layout.Header);
        var hashes = plan.Layout.Tensors.Select(stream.Append).ToArray();
        stream.Flush();
        pieces.GiveBack(piece);
        return hashes;
    }

    private static RecordedFile Recorded(FilePlan plan) => new()
    {
        Name = plan.Name,
        Size = plan.Layout.FileSize,
        HeaderSize = plan.Layout.Header.Length,
        HeaderHash = plan.Layout.HeaderHash,
    };

    private static List<RecordedPart> Recorded(SavePlan plan, ContentHash[][] hashes)
    {
        var parts = new List<RecordedPart>(plan.Parts.Length);
        foreach (var (name, state) in plan.Parts)
        {
            var tensors = ImmutableArray.CreateBuilder<RecordedTensor>(state.Tensors.Count);
            for (var i = 0; i < plan.Files.Length; i++)
            {
                if (plan.Files[i].Part == name)
                    Add(tensors, plan.Files[i], hashes[i]);
            }

            parts.Add(new RecordedPart { Name = name, Values = state.Values, Tensors = tensors.DrainToImmutable() });
        }

        return parts;
    }

    private static void Add(ImmutableArray<RecordedTensor>.Builder tensors, FilePlan plan, ContentHash[] hashes)
    {
        for (var i = 0; i < hashes.Length; i++)
        {
            var info = plan.Layout.Tensors[i].Info;
            tensors.Add(new RecordedTensor { Name = info.Name, File = plan.Name, DType = info.DType, Shape = info.Shape, Offset = plan.Layout.Offsets[i], Hash = hashes[i] });
        }
    }

    /// <summary>Packs the header and the tensors into pieces, so that many small ones are one write.</summary>
    private sealed class PieceStream(PayloadSink sink, int length, AlignedMemory piece)
    {
        private readonly XxHash128 hash = new();
        private long position;
        private int filled;

        public void Append(ReadOnlySpan<byte> header)
        {
            while (header.Length > 0)
            {
                var bytes = Free(header.Length);
                header[..bytes.Length].CopyTo(bytes);
                header = header[bytes.Length..];
                Fill(bytes.Length);
            }
        }

        public ContentHash Append(PartTensor tensor)
        {
            var size = tensor.Info.ByteCount;
            for (var done = 0L; done < size;)
            {
                // Whole elements always: the larger come first in the file, so what is free is a multiple of the size of this one's.
                var bytes = Free(size - done);
                tensor.CopyTo(done, bytes);
                hash.Append(bytes);
                done += bytes.Length;
                Fill(bytes.Length);
            }

            var result = ContentHash.Of(hash);
            hash.Reset();
            return result;
        }

        public void Flush()
        {
            if (filled == 0)
                return;
            var whole = (int)AlignedMemory.RoundUp(filled);
            piece.At(filled, whole - filled).Clear();
            sink.Write(position, piece.At(0, whole));
            position += filled;
            filled = 0;
        }

        private Span<byte> Free(long most) => piece.At(filled, (int)Math.Min(most, length - filled));

        private void Fill(int bytes)
        {
            filled += bytes;
            if (filled == length)
                Flush();
        }
    }
}
