using System.IO.Hashing;
using Cairn.Checkpoints.Posix;
using Cairn.Checkpoints.Records;

namespace Cairn.Checkpoints.Writing;

/// <summary>Writes what a plan says into a temporary directory: from a staged copy, or streamed from the live state.</summary>
internal sealed class CheckpointWriter : IDisposable
{
    // What is in flight to the disk at a time, and all memory that a streamed save needs besides the model. Whole elements of every type.
    private const int PieceLength = 4 * 1024 * 1024;

    // Four writes at a time reach what the disk can do; more gain nothing and cost the training its cores.
    private const int Threads = 4;

    private AlignedMemory? piece;
    private bool? isDirect;

    /// <summary>Makes the record of the files and parts that were written.</summary>
    public delegate CommitRecord Describe(IReadOnlyList<RecordedFile> files, IReadOnlyList<RecordedPart> parts);

    /// <summary>Streams the live state: copied, hashed and written a piece at a time. Returns when it is on the disk (but not yet a checkpoint).</summary>
    /// <returns>How many bytes were written.</returns>
    public long WriteLive(TemporaryCheckpoint temporary, SavePlan plan, Describe describe) =>
        Write(temporary, plan, describe, sinks => [.. plan.Files.Zip(sinks, Stream)]);

    /// <summary>Writes a staged copy, by several threads, hashing beside. Returns when it is on the disk (but not yet a checkpoint).</summary>
    /// <returns>How many bytes were written.</returns>
    public long WriteStaged(TemporaryCheckpoint temporary, SavePlan plan, StagedState state, Describe describe) =>
        Write(temporary, plan, describe, sinks =>
        {
            var pieces = new List<Action>();
            var hashes = plan.Files.Select(file => new ContentHash[file.Layout.Tensors.Length]).ToArray();
            for (var i = 0; i < plan.Files.Length; i++)
            {
                // Hashing is the longest piece of a file, so it is begun first.
                var file = i;
                pieces.Add(() => Hash(plan.Files[file].Layout, state.Memory, state.StartOf(file), hashes[file]));
            }

            for (var i = 0; i < plan.Files.Length; i++)
            {
                var (sink, start, length) = (sinks[i], state.StartOf(i), AlignedMemory.RoundUp(plan.Files[i].Layout.FileSize));
                for (var done = 0L; done < length; done += PieceLength)
                {
                    var offset = done;
                    pieces.Add(() => sink.Write(offset, state.Memory.At(start + offset, (int)Math.Min(length - offset, PieceLength))));
                }
            }

            Workers.Do(pieces.Count, Threads, number => pieces[number]());
            return hashes;
        });

    public void Dispose() => piece?.Dispose();

    private static void Hash(Safetensors.SafetensorsLayout layout, AlignedMemory memory, long start, ContentHash[] hashes)
    {
        var hash = new XxHash128();
        for (var i = 0; i < hashes.Length; i++)
        {
            var length = layout.Tensors[i].Info.ByteCount;
            for (var done = 0L; done < length; done += PieceLength)
                hash.Append(memory.At(start + layout.Offsets[i] + done, (int)Math.Min(length - done, PieceLength)));
            hashes[i] = new ContentHash(hash.GetCurrentHashAsUInt128());
            hash.Reset();
        }
    }

    private long Write(TemporaryCheckpoint temporary, SavePlan plan, Describe describe, Func<IReadOnlyList<PayloadSink>, ContentHash[][]> writePayload)
    {
        var sinks = new List<PayloadSink>();
        ContentHash[][] hashes;
        try
        {
            // Space for everything first: a disk that is too small is found before any time is spent.
            foreach (var file in plan.Files)
                sinks.Add(CreateSink(temporary, file));
            hashes = writePayload(sinks);
            foreach (var sink in sinks)
                sink.Finish();
        }
        finally
        {
            foreach (var sink in sinks)
                sink.Dispose();
        }

        var tensors = plan.Files.Zip(hashes, Recorded).SelectMany(list => list).ToLookup(tensor => tensor.Part, tensor => tensor.Tensor, StringComparer.Ordinal);
        var parts = plan.Parts.Select(part => new RecordedPart { Name = part.Name, Values = part.State.Values, Tensors = [.. tensors[part.Name]] });
        var record = describe([.. plan.Files.Select(Recorded)], [.. parts]);
        var bytes = CommitRecordFile.ToBytes(record);
        temporary.WriteRecord(bytes);
        return bytes.Length + record.PayloadBytes;
    }

    // Whether the directory takes direct I/O is found out once.
    private PayloadSink CreateSink(TemporaryCheckpoint temporary, FilePlan file)
    {
        var sink = new PayloadSink(temporary.CreatePayload(file.Name, file.Layout.FileSize), file.Layout.FileSize, tryDirect: isDirect ?? true);
        isDirect = sink.IsDirect;
        return sink;
    }

    private ContentHash[] Stream(FilePlan plan, PayloadSink sink)
    {
        piece ??= new AlignedMemory(PieceLength);
        var stream = new PieceStream(sink, piece.At(0, PieceLength).Length, piece);
        stream.Append(plan.Layout.Header);
        var hashes = plan.Layout.Tensors.Select(stream.Append).ToArray();
        stream.Flush();
        return hashes;
    }

    private static RecordedFile Recorded(FilePlan plan) => new()
    {
        Name = plan.Name,
        Size = plan.Layout.FileSize,
        HeaderSize = plan.Layout.Header.Length,
        HeaderHash = ContentHash.Of(plan.Layout.Header),
    };

    private static IEnumerable<(string Part, RecordedTensor Tensor)> Recorded(FilePlan plan, ContentHash[] hashes) =>
        plan.Layout.Tensors.Select((tensor, i) => (plan.Part, new RecordedTensor
        {
            Name = tensor.Info.Name,
            File = plan.Name,
            DType = tensor.Info.DType,
            Shape = tensor.Info.Shape,
            Offset = plan.Layout.Offsets[i],
            Hash = hashes[i],
        }));

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

            var result = new ContentHash(hash.GetCurrentHashAsUInt128());
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
