using Cairn.Checkpoints.Records;
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

    /// <summary>The files that this writer has written and committed to the disk, or found whole there.</summary>
    public HashSet<FileIdentity> Verified { get; } = [];

    /// <summary>Writes all files, or links those that need not be written. Returns when they are on the disk.</summary>
    /// <returns>The hashes of the pieces in each segment.</returns>
    public ContentHash[][] WriteAll(TemporaryCheckpoint temporary, SavePlan plan, IPayloadSource source, UnchangedFiles? unchanged)
    {
        var hashes = new ContentHash[plan.Segments.Length][];
        for (var i = 0; i < plan.Files.Length; i++)
        {
            if (plan.Files[i].IsFrozen && unchanged?.HashesOf(plan, i) is { } known && HasStill(known, plan, i, source) && unchanged.TryShare(plan.Files[i], temporary))
                known.CopyTo(hashes, plan.FirstSegmentOf(i));
        }

        // Space for everything first: a disk that is too small is found before any time is spent.
        int[] missing = [.. Enumerable.Range(0, hashes.Length).Where(i => hashes[i] is null)];
        Verified.UnionWith(WriteSegments(plan, missing, file => temporary.CreatePayload(file.Name, file.Layout.FileSize), source, hashes));
        return hashes;
    }

    /// <summary>Writes and hashes segments. Returns when they are on the disk.</summary>
    /// <param name="plan">What is saved.</param>
    /// <param name="segments">The numbers of those to write, in the plan's order.</param>
    /// <param name="open">Opens a file to write to; called once for each.</param>
    /// <param name="source">Where the bytes come from.</param>
    /// <param name="hashes">Takes the hashes, by the segments' numbers.</param>
    /// <returns>The files that were written to, as far as the system tells which they are.</returns>
    public IReadOnlyList<FileIdentity> WriteSegments(SavePlan plan, IReadOnlyList<int> segments, Func<FilePlan, PosixFile> open, IPayloadSource source, ContentHash[][] hashes)
    {
        var (sinks, writes) = (new List<PayloadSink>(), new List<SegmentWrite>(segments.Count));
        try
        {
            foreach (var number in segments)
            {
                var segment = plan.Segments[number];
                if (writes.Count == 0 || writes[^1].Segment.File != segment.File)
                    sinks.Add(CreateSink(open(plan.Files[segment.File]), plan.Files[segment.File].Layout.FileSize));
                writes.Add(new SegmentWrite(number, segment, sinks[^1], HashesOf(segment)));
            }

            Write(writes.Where(write => source.IsForAnyThread(write.Segment.File)), Threads);
            Write(writes.Where(write => !source.IsForAnyThread(write.Segment.File)), 1);
            threads.Run(sinks.Count, Threads, i => sinks[i].Finish());
            foreach (var write in writes)
                hashes[write.Number] = write.Hashes.All;
            return [.. sinks.Select(sink => sink.Identity).OfType<FileIdentity>()];
        }
        finally
        {
            foreach (var sink in sinks)
                sink.Dispose();
        }

        PayloadHashes HashesOf(Segment segment) =>
            new(plan.Files[segment.File].Layout, segment, source.HoldsAll ? (offset, length, use) => source.Read(segment.File, offset, length, use) : null);

        void Write(IEnumerable<SegmentWrite> some, int most)
        {
            var pieces = some.SelectMany(PiecesOf).ToArray();
            threads.Run(pieces.Length, most, i => WritePiece(source, pieces[i]));
        }
    }

    /// <summary>The hashes of the pieces in a segment, without writing it.</summary>
    public static ContentHash[] HashesOf(SavePlan plan, Segment segment, IPayloadSource source)
    {
        var hashes = new PayloadHashes(plan.Files[segment.File].Layout, segment);
        for (var done = 0L; done < segment.Length; done += PieceLength)
        {
            var offset = segment.Offset + done;
            source.Read(segment.File, offset, (int)Math.Min(segment.End - offset, PieceLength), bytes => hashes.Append(offset, bytes));
        }

        return hashes.All;
    }

    /// <summary>Whether the pieces of a file's tensors have these hashes, segment by segment. At the first that has another it is known.</summary>
    private static bool HasStill(ContentHash[][] known, SavePlan plan, int file, IPayloadSource source)
    {
        for (var i = 0; i < known.Length; i++)
        {
            if (!HasStill(known[i], plan, plan.Segments[plan.FirstSegmentOf(file) + i], source))
                return false;
        }

        return true;
    }

    /// <summary>Whether the pieces of tensors in a segment have these hashes.</summary>
    private static bool HasStill(ContentHash[] known, SavePlan plan, Segment segment, IPayloadSource source)
    {
        var hashes = new PayloadHashes(plan.Files[segment.File].Layout, segment);
        for (var done = 0L; done < segment.Length; done += PieceLength)
        {
            var offset = segment.Offset + done;
            source.Read(segment.File, offset, (int)Math.Min(segment.End - offset, PieceLength), bytes => hashes.Append(offset, bytes));
            if (!known.AsSpan().StartsWith(hashes.Known))
                return false;
        }

        return true;
    }

    private static void WritePiece(IPayloadSource source, Piece piece)
    {
        var (write, offset) = (piece.Write, piece.Offset);
        try
        {
            source.Read(write.Segment.File, offset, piece.Length, bytes =>
            {
                write.Sink.Write(offset, bytes);
                write.Hashes.Append(offset, bytes);
            });
        }
        catch
        {
            write.Hashes.GiveUp();
            throw;
        }
    }

    // The last block of a file goes to the disk whole; those of a segment before its end are whole.
    private static IEnumerable<Piece> PiecesOf(SegmentWrite write)
    {
        var length = AlignedMemory.RoundUp(write.Segment.Length);
        for (var done = 0L; done < length; done += PieceLength)
            yield return new Piece(write, write.Segment.Offset + done, (int)Math.Min(length - done, PieceLength));
    }

    // Whether the directory takes direct I/O is found out once.
    private PayloadSink CreateSink(PosixFile file, long size)
    {
        var sink = new PayloadSink(file, size, tryDirect: isDirect ?? true);
        isDirect = sink.IsDirect;
        return sink;
    }

    private sealed record SegmentWrite(int Number, Segment Segment, PayloadSink Sink, PayloadHashes Hashes);

    private sealed record Piece(SegmentWrite Write, long Offset, int Length);
}
