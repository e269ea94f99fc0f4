using System.Diagnostics;
using Cairn.Checkpoints.Threads;
using Cairn.Posix;

namespace Saves.Limits;

/// <summary>How fast a state could be copied, into memory that was touched before.</summary>
internal sealed class MemoryCopy : IDisposable
{
    public const int Piece = 4 * 1024 * 1024;

    /// <summary>The threads of all limits, kept as Cairn's are.</summary>
    public static readonly WorkerPool Helpers = new("limit", Math.Max(5, Environment.ProcessorCount));

    // More than any cache holds; for a larger state the same memory is gone through again.
    private const long Most = 1L << 30;
    private readonly long bytes;
    private readonly AlignedMemory to;

    public MemoryCopy(long bytes)
    {
        this.bytes = bytes;
        var length = Math.Min(Most, ((bytes + Piece - 1) / Piece * Piece) + (State.Tensors * Piece));
        Memory = new AlignedMemory(length);
        to = new AlignedMemory(length);
        Random.Shared.NextBytes(Memory.At(0, (int)length));
    }

    /// <summary>How much memory it takes for a state.</summary>
    public static long Needs(long bytes) => 2 * Math.Min(Most, bytes + ((State.Tensors + 1L) * Piece));

    /// <summary>Random bytes, for whoever writes.</summary>
    public AlignedMemory Memory { get; }

    /// <summary>Seconds for one copy of as many bytes, within memory that is made for it: large pages on both sides.</summary>
    public double Seconds(int threads)
    {
        var began = Stopwatch.GetTimestamp();
        Helpers.Run((int)((bytes + Piece - 1) / Piece), threads, piece =>
        {
            var offset = (long)piece * Piece;
            var length = (int)Math.Min(Piece, bytes - offset);
            Memory.At(offset % Memory.Length, length).CopyTo(to.At(offset % to.Length, length));
        });
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Seconds for one copy of the state, or of as much of it as this is for, from where it lies: in the small pages that torch gets, changed by the step before.</summary>
    public double SecondsOf(State state, int threads)
    {
        state.Change();
        return SecondsOfUnchanged(state, threads);
    }

    /// <summary>The same of a state that the caller has changed.</summary>
    public double SecondsOfUnchanged(State state, int threads)
    {
        var (pieces, at) = (new List<(nint From, int Length, long To)>(), 0L);
        foreach (var (address, length) in state.Places())
        {
            for (var done = 0L; done < length && at < bytes; done += Piece, at += Piece)
                pieces.Add(((nint)(address + done), (int)Math.Min(Piece, length - done), at % to.Length));
        }

        var began = Stopwatch.GetTimestamp();
        Helpers.Run(pieces.Count, threads, piece => Copy(pieces[piece].From, to.At(pieces[piece].To, pieces[piece].Length)));
        return Stopwatch.GetElapsedTime(began).TotalSeconds;

        static unsafe void Copy(nint from, Span<byte> to) => new ReadOnlySpan<byte>((void*)from, to.Length).CopyTo(to);
    }

    public void Dispose()
    {
        Memory.Dispose();
        to.Dispose();
    }
}
