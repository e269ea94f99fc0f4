using System.IO.Hashing;
using System.Runtime.InteropServices;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Threads;
using Cairn.Posix;

namespace Cairn.Checkpoints.Writing;

/// <summary>
/// The state of one step boundary, as far as this process writes it, copied out of the model into memory of the store's own: the payload
/// files as they will lie on the disk. The memory is kept from save to save, since the first touch of fresh memory is what would make a copy slow.
/// </summary>
internal sealed class StagedState : IPayloadSource, IDisposable
{
    // Large enough that taking turns costs nothing, small enough that the threads end together; whole elements of every type.
    private const int PieceLength = 2 << 20;

    // Even waking a thread takes its time.
    private const long WorthAThread = 8 << 20;

    // What is looked at of each tensor, in every overlapped save, to find an optimizer that does not wait: its step changes more or
    // less every number, so a few of them tell, at a cost that is not felt.
    private const int SampleLength = 1 << 10;

    // What training allocates at the next step, and what the writing needs besides.
    private const long LeastForOthers = 256 << 20;
    private readonly WorkerPool threads;
    private readonly List<StagedTensor> now = [];
    private readonly List<StagedTensor> later = [];
    private readonly List<SampledTensor> sampled = [];
    private readonly Lock beside = new(); // held by who copies beside the training
    private PiecesToCopy piecesNow = new([]);
    private PiecesToCopy piecesLater = new([]);
    private DeviceCopies? copiesNow;
    private DeviceCopies? copiesLater;
    private AlignedMemory? memory;
    private StagingProgress progress = new(0);
    private Held[] held = []; // by the files' numbers
    private long total;

    /// <summary>No memory yet.</summary>
    /// <param name="threads">Who helps to copy.</param>
    public StagedState(WorkerPool threads) => this.threads = threads;

    /// <summary>
    /// Called with memory that was taken (true), and with what is about to be given back (false): who copies from a device may want to register it there.
    /// On the program's own thread. Whether it may be given back, then. Default: nobody wants anything.
    /// </summary>
    public Func<AlignedMemory, bool, bool> OnMemory { get; set; } = (_, _) => true;

    /// <summary>How many threads copy at most: two copy half as fast again as one; from about four on memory is what limits them.</summary>
    public static int CopyThreads { get; } = Math.Min(4, Environment.ProcessorCount);

    /// <summary>Memory in use, in bytes.</summary>
    public long Capacity => memory?.Length ?? 0;

    /// <inheritdoc/>
    public bool HoldsAll => true;

    /// <inheritdoc/>
    public bool IsForAnyThread(int file) => true;

    /// <summary>Begins to copy the state: the memory, the headers, and what only its part can reach.</summary>
    /// <param name="plan">What is saved.</param>
    /// <param name="segments">What of it to copy, in the plan's order.</param>
    /// <param name="gate">Null to leave nothing to <see cref="CopyLater"/>; else what only the optimizer's step changes.</param>
    /// <exception cref="StagingMemoryException">There is no memory for a second state; nothing was copied.</exception>
    public void Begin(SavePlan plan, IReadOnlyList<Segment> segments, OverlapGate? gate)
    {
        held = new Held[plan.Files.Length];
        foreach (var segment in segments)
        {
            var from = held[segment.File] is { IsEmpty: false } earlier ? earlier.From : segment.Offset;
            held[segment.File] = new Held(from, segment.End, 0);
        }

        total = 0L;
        for (var i = 0; i < held.Length; i++)
        {
            held[i] = held[i] with { Start = total };
            total += AlignedMemory.RoundUp(held[i].To - held[i].From);
        }

        // Behind the state: samples of what a device copies while training goes on, as it was at the boundary and as it is at the gate.
        var samples = gate is not null ? 2L * SampleLength * plan.Files.Sum(file => file.Layout.Tensors.Count(tensor => MayWait(tensor, gate))) : 0;
        if (Capacity < total + samples)
        {
            Dispose();
            memory = Allocate(total + samples);
            if (memory.IsHereAlone)
                OnMemory(memory, true);
        }

        progress = new StagingProgress(total);
        (copiesNow, copiesLater) = (new DeviceCopies(memory!), new DeviceCopies(memory!));
        try
        {
            for (var i = 0; i < held.Length; i++)
            {
                if (!held[i].IsEmpty)
                    Begin(plan.Files[i], held[i], gate);
            }

            (piecesNow, piecesLater) = (new PiecesToCopy(now), new PiecesToCopy(later));
            Sample(boundary: true);
            copiesNow.Begin();
            copiesLater.Begin();
        }
        catch
        {
            Abandon();
            throw;
        }
    }

    /// <summary>Copies the rest, as far as it must not wait, and as fast as it can. When it fails, who waits for the bytes gets the error.</summary>
    public void CopyNow()
    {
        Copy(piecesNow, CopyThreads, progress);
        Await(copiesNow!, progress);
    }

    /// <summary>
    /// What copies that which may wait until the optimizer's step, beside the training: on half of the cores at most. Once
    /// <see cref="CopyRest"/> has returned there is nothing left for it to do, however late it comes.
    /// </summary>
    public Action CopyLater()
    {
        var (pieces, copies, told) = (piecesLater, copiesLater!, progress);
        return () =>
        {
            lock (beside)
            {
                Copy(pieces, Math.Clamp(Environment.ProcessorCount / 2, 1, CopyThreads), told);
                Await(copies, told);
            }
        };
    }

    /// <summary>Copies what <see cref="CopyLater"/> has not come to yet as fast as it can, for training waits. Returns when all is copied.</summary>
    /// <exception cref="StagingFailedException">It could not be.</exception>
    public void CopyRest()
    {
        Copy(piecesLater, CopyThreads, progress);
        Await(copiesLater!, progress);
        lock (beside)
            AwaitAll(); // also where that fails nobody is still at it
    }

    /// <summary>Returns when all is copied.</summary>
    /// <exception cref="StagingFailedException">It could not be.</exception>
    public void AwaitAll() => progress.Await(0, total);

    /// <summary>Gives bytes of the copy, once they are there.</summary>
    /// <inheritdoc/>
    /// <exception cref="StagingFailedException">They could not be copied.</exception>
    public void Read(int file, long offset, int length, UsePiece use)
    {
        var at = held[file].Start + offset - held[file].From;
        progress.Await(at, length);
        use(memory!.At(at, length));
    }

    /// <summary>
    /// The names of the tensors, of those that were copied later, that are not as they were at the boundary, as far as the gate checks that; only after
    /// <see cref="AwaitAll"/>, on the program's own thread.
    /// </summary>
    public IReadOnlyList<string> FindChanged()
    {
        Sample(boundary: false);
        return [.. later.Where(tensor => !IsUnchanged(tensor)).Select(tensor => tensor.Name), .. sampled.Where(tensor => !IsUnchanged(tensor)).Select(tensor => tensor.Name)];
    }

    /// <summary>Gives a copy up that has begun: it is not written. What a device copies goes into memory that has to stay until it is there.</summary>
    public void Abandon()
    {
        Await(copiesNow!, progress);
        Await(copiesLater!, progress);
        Release();
    }

    /// <summary>Lets the tensors go; only when they are copied, or will not be.</summary>
    public void Release()
    {
        foreach (var tensor in now.Concat(later))
            tensor.Source.Dispose();
        now.Clear();
        later.Clear();
        sampled.Clear();
    }

    /// <summary>Whether memory can be taken without bringing the process near its end. A pure decision.</summary>
    /// <param name="needed">So much is to be taken.</param>
    /// <param name="free">So much is free.</param>
    public static bool Fits(long needed, long free) => needed <= free - Math.Min(LeastForOthers, free / 8);

    public void Dispose()
    {
        if (memory is not null && (!memory.IsHereAlone || OnMemory(memory, false)))
            memory.Dispose();
        memory = null;
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

    private void Begin(FilePlan file, Held range, OverlapGate? gate)
    {
        var (layout, start) = (file.Layout, range.Start - range.From); // of the file, if all of it were held
        if (range.From < layout.Header.Length)
        {
            var header = layout.Header.AsSpan((int)range.From..(int)Math.Min(layout.Header.Length, range.To));
            header.CopyTo(memory!.At(range.Start, header.Length));
            progress.Add(range.Start, header.Length);
        }

        for (var i = 0; i < layout.Tensors.Length; i++)
        {
            // Of a tensor that lies across the range's end the piece that is within it.
            var (tensor, first) = (layout.Tensors[i], Math.Max(range.From - layout.Offsets[i], 0));
            var (target, length) = (start + layout.Offsets[i] + first, Math.Min(tensor.Info.ByteCount, range.To - layout.Offsets[i]) - first);
            if (length <= 0)
                continue;
            if (tensor.PinWhole() is { } bytes)
            {
                var mayWait = gate is not null && tensor.ChangesOnlyInOptimizerStep;
                var (from, count) = !mayWait ? (0, 0) : gate!.Checks ? (0, length) : Sample(length, tensor.Info.ElementSize);
                var hash = mayWait ? Hash((offset, length) => bytes.At(first + offset, length), from, count) : default;
                (mayWait ? later : now).Add(new StagedTensor($"{file.Part}: {tensor.Info.Name}", bytes, first, target, length, from, count, hash));
                continue;
            }

            if (tensor.Device is { } device)
            {
                var mayWait = MayWait(tensor, gate);

                // To compare every byte at the gate would take a second copy of them all: where that is asked for, training waits for the first.
                (mayWait && !gate!.Checks ? copiesLater! : copiesNow!).Add(device, tensor, first, target, length);
                if (mayWait)
                {
                    var (from, count) = Sample(length, tensor.Info.ElementSize);
                    sampled.Add(new SampledTensor($"{file.Part}: {tensor.Info.Name}", device, tensor, first + from, target + from, total + (2L * SampleLength * sampled.Count), (int)count));
                }

                continue;
            }

            for (var done = 0L; done < length; done += PieceLength)
                tensor.CopyTo(first + done, memory!.At(target + done, (int)Math.Min(length - done, PieceLength)));
            progress.Add(target, length);
        }

        // The last block goes to the disk whole and is cut there; what is behind the end is nobody's business.
        var padding = (int)(AlignedMemory.RoundUp(range.To) - range.To);
        memory!.At(start + range.To, padding).Clear();
        progress.Add(start + range.To, padding);
    }

    private void Copy(PiecesToCopy pieces, int most, StagingProgress progress)
    {
        var count = (int)Math.Clamp(pieces.BytesLeft / WorthAThread, 1, most);
        try
        {
            threads.Run(count, count, _ =>
            {
                while (pieces.Take() is var (tensor, offset, length))
                {
                    StreamingCopy.To(tensor.Source.At(tensor.First + offset, length), memory!.At(tensor.Target + offset, length));
                    progress.Add(tensor.Target + offset, length);
                }
            });
        }
        catch (Exception error)
        {
            progress.Fail(error);
        }
    }

    private static void Await(DeviceCopies copies, StagingProgress progress)
    {
        try
        {
            copies.Await(progress.Add);
        }
        catch (Exception error)
        {
            progress.Fail(error);
        }
    }

    private static bool MayWait(PartTensor tensor, OverlapGate? gate) => gate is not null && tensor.ChangesOnlyInOptimizerStep && tensor.Device is not null && tensor.Info.ByteCount > 0;

    // What a device is to copy while training goes on, as it is now.
    private void Sample(bool boundary)
    {
        if (sampled.Count == 0)
            return;
        var copies = new DeviceCopies(memory!);
        foreach (var tensor in sampled)
            copies.Add(tensor.Device, tensor.Tensor, tensor.Offset, tensor.Sample + (boundary ? 0 : SampleLength), tensor.Length);
        copies.Begin();
        copies.Await((_, _) => { });
    }

    private bool IsUnchanged(SampledTensor tensor)
    {
        var before = memory!.At(tensor.Sample, tensor.Length);
        return before.SequenceEqual(memory.At(tensor.Copied, tensor.Length)) && before.SequenceEqual(memory.At(tensor.Sample + SampleLength, tensor.Length));
    }

    private bool IsUnchanged(StagedTensor tensor) =>
        Hash((offset, count) => tensor.Source.At(tensor.First + offset, count), tensor.CheckedFrom, tensor.Checked) == tensor.Hash
        && Hash((offset, count) => memory!.At(tensor.Target + offset, count), tensor.CheckedFrom, tensor.Checked) == tensor.Hash;

    // From the middle: the ends of an embedding belong to rare words, and of a padded tensor to nothing.
    private static (long From, long Length) Sample(long length, int elementSize) =>
        length <= SampleLength ? (0, length) : ((length - SampleLength) / 2 / elementSize * elementSize, SampleLength);

    private static ContentHash Hash(Piece bytes, long from, long length)
    {
        var hash = new XxHash128();
        for (var done = 0L; done < length; done += PieceLength)
            hash.Append(bytes(from + done, (int)Math.Min(length - done, PieceLength)));
        return ContentHash.Of(hash);
    }

    private delegate ReadOnlySpan<byte> Piece(long offset, int length);

    /// <summary>What of a file is held, from where to where in it, and where in the memory that begins. Nothing, where both are 0.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Held(long From, long To, long Start)
    {
        public bool IsEmpty => To == 0;
    }

    /// <summary>
    /// A tensor whose bytes any thread can reach, the first of them that is copied, where in the memory they go, and what they were at the
    /// boundary, as far as that is checked.
    /// </summary>
    private sealed record StagedTensor(string Name, PinnedBytes Source, long First, long Target, long Length, long CheckedFrom, long Checked, ContentHash Hash);

    /// <summary>
    /// A tensor that a device copies while training goes on, a few bytes of it, and where in the memory these are: in the copy, and as they were at the
    /// boundary, behind which they are as at the gate.
    /// </summary>
    private sealed record SampledTensor(string Name, Device Device, PartTensor Tensor, long Offset, long Copied, long Sample, int Length);

    /// <summary>What is to be copied, piece by piece, by whoever has time.</summary>
    private sealed class PiecesToCopy(IEnumerable<StagedTensor> tensors)
    {
        private readonly (StagedTensor Tensor, long Offset, int Length)[] pieces = [.. tensors.SelectMany(PiecesOf)];
        private int next = -1;

        /// <summary>How much nobody has taken yet.</summary>
        public long BytesLeft => pieces.Skip(Volatile.Read(ref next) + 1).Sum(piece => (long)piece.Length);

        /// <summary>The next piece, which is the caller's to copy; null when there is none.</summary>
        public (StagedTensor Tensor, long Offset, int Length)? Take() =>
            Interlocked.Increment(ref next) is var number && number < pieces.Length ? pieces[number] : null;

        private static IEnumerable<(StagedTensor Tensor, long Offset, int Length)> PiecesOf(StagedTensor tensor)
        {
            for (var done = 0L; done < tensor.Length; done += PieceLength)
                yield return (tensor, done, (int)Math.Min(tensor.Length - done, PieceLength));
        }
    }
}
