using Cairn.Checkpoints.Posix;

namespace Cairn.Checkpoints.Writing;

/// <summary>
/// The state of one step boundary, copied out of the model into memory of the store's own: every payload file as it will lie on
/// the disk. The memory is kept from save to save, since the first touch of fresh memory is what would make a copy slow.
/// </summary>
internal sealed class StagedState : IDisposable
{
    // Large enough that taking turns costs nothing, small enough that the threads end together; whole elements of every type.
    private const int PieceLength = 8 << 20;

    // Two threads copy half as fast again as one; from about four on memory is what limits them. A thread takes 0.1 ms to start.
    private const int MostThreads = 4;
    private const long WorthAThread = 16 << 20;

    // What training allocates at the next step, and what the writing needs besides.
    private const long LeastForOthers = 256 << 20;
    private AlignedMemory? memory;
    private long[] starts = [];

    /// <summary>Memory in use, in bytes.</summary>
    public long Capacity => memory?.Length ?? 0;

    /// <summary>The memory; only after <see cref="Take"/>.</summary>
    public AlignedMemory Memory => memory!;

    /// <summary>Where a file's first byte lies in the memory.</summary>
    public long StartOf(int file) => starts[file];

    /// <summary>Copies the state. The loop waits for it, and for nothing else of a save.</summary>
    /// <exception cref="StagingMemoryException">There is no memory for a second state; nothing was copied.</exception>
    public void Take(SavePlan plan)
    {
        starts = new long[plan.Files.Length];
        var total = 0L;
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] = total;
            total += AlignedMemory.RoundUp(plan.Files[i].Layout.FileSize);
        }

        if (Capacity < total)
        {
            memory?.Dispose();
            memory = null;
            memory = Allocate(total);
        }

        var copies = new List<StagedTensor>();
        try
        {
            for (var i = 0; i < starts.Length; i++)
                Copy(plan.Files[i], starts[i], copies);
            CopyTogether(copies);
        }
        finally
        {
            foreach (var copy in copies)
                copy.Source.Dispose();
        }
    }

    private static AlignedMemory Allocate(long needed)
    {
        if (FreeMemory.Bytes() is { } free && !Fits(needed, free))
            throw new StagingMemoryException($"it takes {Bytes.Words(needed)}, and {Bytes.Words(free)} are free by the limits of the job and the machine", null);
        try
        {
            return new AlignedMemory(needed);
        }
        catch (OutOfMemoryException error)
        {
            throw new StagingMemoryException($"it takes {Bytes.Words(needed)}, and the system does not give that", error);
        }
    }

    /// <summary>Whether memory can be taken without bringing the process near its end. A pure decision.</summary>
    /// <param name="needed">So much is to be taken.</param>
    /// <param name="free">So much is free.</param>
    public static bool Fits(long needed, long free) => needed <= free - Math.Min(LeastForOthers, free / 8);

    public void Dispose() => memory?.Dispose();

    /// <summary>Copies what only its part can reach, and collects the rest.</summary>
    private void Copy(FilePlan file, long start, List<StagedTensor> copies)
    {
        var layout = file.Layout;
        layout.Header.CopyTo(Memory.At(start, layout.Header.Length));
        for (var i = 0; i < layout.Tensors.Length; i++)
        {
            var (tensor, target) = (layout.Tensors[i], start + layout.Offsets[i]);
            if (tensor.Pin() is { } bytes)
            {
                copies.Add(new StagedTensor(bytes, target, tensor.Info.ByteCount));
                continue;
            }

            for (var done = 0L; done < tensor.Info.ByteCount; done += PieceLength)
                tensor.CopyTo(done, Memory.At(target + done, (int)Math.Min(tensor.Info.ByteCount - done, PieceLength)));
        }

        // The last block goes to the disk whole and is cut there; what is behind the end is nobody's business.
        Memory.At(start + layout.FileSize, (int)(AlignedMemory.RoundUp(layout.FileSize) - layout.FileSize)).Clear();
    }

    private void CopyTogether(List<StagedTensor> copies)
    {
        var pieces = new List<(StagedTensor Copy, long Offset, int Length)>();
        foreach (var copy in copies)
        {
            for (var done = 0L; done < copy.Length; done += PieceLength)
                pieces.Add((copy, done, (int)Math.Min(copy.Length - done, PieceLength)));
        }

        var threads = (int)Math.Clamp(copies.Sum(copy => copy.Length) / WorthAThread, 1, Math.Min(MostThreads, Environment.ProcessorCount));
        Workers.Do(pieces.Count, threads, i =>
        {
            var (copy, offset, length) = pieces[i];
            copy.Source.At(offset, length).CopyTo(Memory.At(copy.Target + offset, length));
        });
    }

    /// <summary>A tensor whose bytes any thread can reach, and where in the memory they go.</summary>
    private sealed record StagedTensor(PinnedBytes Source, long Target, long Length);
}
