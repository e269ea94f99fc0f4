using System.Collections.Immutable;
using Cairn.Checkpoints.Reading;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Safetensors;
using Cairn.Checkpoints.Threads;
using Cairn.Posix;

namespace Cairn.Checkpoints.Writing;

/// <summary>
/// Writes what a plan says into a temporary directory. One way for all saves: several threads each take the next piece, write it to the
/// disk, and hash it in its turn. What differs is only where the pieces come from.
/// </summary>
/// <param name="threads">Who helps.</param>
internal sealed class CheckpointWriter(WorkerPool threads)
{
    /// <summary>What a thread has in flight to the disk. Whole elements of every type.</summary>
    public const int PieceLength = 4 * 1024 * 1024;

    /// <summary>How many threads write: four writes at a time reach what the disk can do, while one thread hashes; more gain nothing and cost the training its cores.</summary>
    public const int Threads = 5;

    private bool? isDirect;

    /// <summary>Makes the record of the files and parts that were written.</summary>
    public delegate CommitRecord Describe(IReadOnlyList<RecordedFile> files, IReadOnlyList<RecordedPart> parts);

    /// <summary>The files that this writer has written and committed to the disk, or found whole there.</summary>
    public HashSet<FileIdentity> Verified { get; } = [];

    /// <summary>Writes files and record. Returns when they are on the disk (but not yet a checkpoint).</summary>
    /// <returns>The record, and the size of all files.</returns>
    public (KnownCheckpoint Written, long Bytes) Write(TemporaryCheckpoint temporary, SavePlan plan, IPayloadSource source, UnchangedFiles? unchanged, Describe describe)
    {
        var hashes = new ContentHash[plan.Files.Length][];
        for (var i = 0; i < hashes.Length; i++)
        {
            if (plan.Files[i].IsFrozen && unchanged?.HashesOf(plan.Files[i]) is { } known && HasStill(known, plan.Files[i].Layout, source, i) && unchanged.TryShare(plan.Files[i], temporary))
                hashes[i] = known;
        }

        WriteFiles(temporary, plan, source, hashes);
        var record = describe([.. plan.Files.Select(Recorded)], Recorded(plan, hashes));
        var bytes = CommitRecordFile.ToBytes(record);
        temporary.WriteRecord(bytes);
        return (new(record, CommitRecordFile.Checksum(bytes)), bytes.Length + record.PayloadBytes);
    }

    /// <summary>Whether a file's tensors have these hashes. At the first that has another it is known.</summary>
    private static bool HasStill(ContentHash[] known, SafetensorsLayout layout, IPayloadSource source, int file)
    {
        var hashes = new PayloadHashes(layout);
        for (var done = 0L; done < layout.FileSize; done += PieceLength)
        {
            var offset = done;
            source.Read(file, offset, (int)Math.Min(layout.FileSize - offset, PieceLength), bytes => hashes.Append(offset, bytes));
            if (!known.AsSpan().StartsWith(hashes.Known))
                return false;
        }

        return true;
    }

    /// <summary>Writes the files whose hashes are not known yet.</summary>
    private void WriteFiles(TemporaryCheckpoint temporary, SavePlan plan, IPayloadSource source, ContentHash[][] hashes)
    {
        var files = new List<FileWrite>();
        try
        {
            // Space for everything first: a disk that is too small is found before any time is spent.
            for (var i = 0; i < hashes.Length; i++)
            {
                if (hashes[i] is null)
                    files.Add(new FileWrite(i, CreateSink(temporary, plan.Files[i]), HashesOf(i)));
            }

            Write(files.Where(file => source.IsForAnyThread(file.Number)), Threads);
            Write(files.Where(file => !source.IsForAnyThread(file.Number)), 1);
            threads.Run(files.Count, Threads, i => files[i].Sink.Finish());
            foreach (var file in files)
            {
                hashes[file.Number] = file.Hashes.All;
                if (file.Sink.Identity is { } identity)
                    Verified.Add(identity);
            }
        }
        finally
        {
            foreach (var file in files)
                file.Sink.Dispose();
        }

        PayloadHashes HashesOf(int file) =>
            new(plan.Files[file].Layout, source.HoldsAll ? (offset, length, use) => source.Read(file, offset, length, use) : null);

        void Write(IEnumerable<FileWrite> some, int most)
        {
            var pieces = some.SelectMany(file => PiecesOf(file, plan.Files[file.Number].Layout)).ToArray();
            threads.Run(pieces.Length, most, i => WritePiece(source, pieces[i]));
        }
    }

    private static void WritePiece(IPayloadSource source, Piece piece)
    {
        var (file, offset) = (piece.File, piece.Offset);
        try
        {
            source.Read(file.Number, offset, piece.Length, bytes =>
            {
                file.Sink.Write(offset, bytes);
                file.Hashes.Append(offset, bytes);
            });
        }
        catch
        {
            file.Hashes.GiveUp();
            throw;
        }
    }

    private static IEnumerable<Piece> PiecesOf(FileWrite file, SafetensorsLayout layout)
    {
        var length = AlignedMemory.RoundUp(layout.FileSize);
        for (var done = 0L; done < length; done += PieceLength)
            yield return new Piece(file, done, (int)Math.Min(length - done, PieceLength));
    }

    // Whether the directory takes direct I/O is found out once.
    private PayloadSink CreateSink(TemporaryCheckpoint temporary, FilePlan file)
    {
        var sink = new PayloadSink(temporary.CreatePayload(file.Name, file.Layout.FileSize), file.Layout.FileSize, tryDirect: isDirect ?? true);
        isDirect = sink.IsDirect;
        return sink;
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

    private sealed record FileWrite(int Number, PayloadSink Sink, PayloadHashes Hashes);

    private sealed record Piece(FileWrite File, long Offset, int Length);
}
