using System.IO.Hashing;
using Cairn.Checkpoints.Posix;
using Cairn.Checkpoints.Records;

namespace Cairn.Checkpoints.Writing;

/// <summary>Writes what a plan says into a temporary directory: copied, hashed and written in one pass, a piece at a time.</summary>
internal sealed class CheckpointWriter
{
    // All memory that a save needs besides the model, whatever the model's size; whole elements of every type.
    private const int PieceLength = 4 * 1024 * 1024;

    private byte[]? buffer;

    /// <summary>Writes payload files and record, and returns when they are on the disk (but not yet a checkpoint).</summary>
    /// <param name="temporary">Where to.</param>
    /// <param name="plan">What.</param>
    /// <param name="describe">Makes the record of the files and parts that were written.</param>
    /// <returns>How many bytes were written.</returns>
    public long Write(TemporaryCheckpoint temporary, SavePlan plan, Func<IReadOnlyList<RecordedFile>, IReadOnlyList<RecordedPart>, CommitRecord> describe)
    {
        buffer ??= GC.AllocateUninitializedArray<byte>(PieceLength);
        var written = WritePayload(temporary, plan);
        var tensors = written.SelectMany(file => file.Tensors).ToLookup(tensor => tensor.Part, tensor => tensor.Tensor, StringComparer.Ordinal);
        var parts = plan.Parts.Select(part => new RecordedPart { Name = part.Name, Values = part.State.Values, Tensors = [.. tensors[part.Name]] });
        var record = describe([.. written.Select(file => file.File)], [.. parts]);
        var bytes = CommitRecordFile.ToBytes(record);
        temporary.WriteRecord(bytes);
        return bytes.Length + record.PayloadBytes;
    }

    private List<(RecordedFile File, List<(string Part, RecordedTensor Tensor)> Tensors)> WritePayload(TemporaryCheckpoint temporary, SavePlan plan)
    {
        var files = new List<PosixFile>();
        try
        {
            // Space for everything first: a disk that is too small is found before any time is spent.
            foreach (var file in plan.Files)
                files.Add(temporary.CreatePayload(file.Name, file.Layout.FileSize));
            var written = plan.Files.Zip(files, WriteFile).ToList();
            foreach (var file in files)
                file.Sync();
            return written;
        }
        finally
        {
            foreach (var file in files)
                file.Dispose();
        }
    }

    private (RecordedFile File, List<(string Part, RecordedTensor Tensor)> Tensors) WriteFile(FilePlan plan, PosixFile file)
    {
        var (layout, tensors) = (plan.Layout, new List<(string, RecordedTensor)>());
        file.WriteAt(0, layout.Header);
        var stream = new PieceStream(file, layout.Header.Length, buffer!);
        for (var i = 0; i < layout.Tensors.Length; i++)
        {
            var info = layout.Tensors[i].Info;
            tensors.Add((plan.Part, new RecordedTensor
            {
                Name = info.Name,
                File = plan.Name,
                DType = info.DType,
                Shape = info.Shape,
                Offset = layout.Offsets[i],
                Hash = stream.Append(layout.Tensors[i]),
            }));
        }

        stream.Flush();
        var recorded = new RecordedFile
        {
            Name = plan.Name,
            Size = layout.FileSize,
            HeaderSize = layout.Header.Length,
            HeaderHash = ContentHash.Of(layout.Header),
        };
        return (recorded, tensors);
    }

    /// <summary>Packs tensors into pieces, so that many small ones are one write.</summary>
    private sealed class PieceStream(PosixFile file, long offset, byte[] piece)
    {
        private readonly XxHash128 hash = new();
        private long position = offset;
        private int filled;

        public ContentHash Append(PartTensor tensor)
        {
            var length = tensor.Info.ByteCount;
            for (var done = 0L; done < length;)
            {
                // Whole elements always: the larger come first in the file, so what is free is a multiple of the size of this one's.
                var bytes = piece.AsSpan(filled, (int)Math.Min(length - done, piece.Length - filled));
                tensor.CopyTo(done, bytes);
                hash.Append(bytes);
                filled += bytes.Length;
                done += bytes.Length;
                if (filled == piece.Length)
                    Flush();
            }

            var result = new ContentHash(hash.GetCurrentHashAsUInt128());
            hash.Reset();
            return result;
        }

        public void Flush()
        {
            file.WriteAt(position, piece.AsSpan(0, filled));
            position += filled;
            filled = 0;
        }
    }
}
