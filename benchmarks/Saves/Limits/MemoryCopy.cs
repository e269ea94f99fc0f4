using System.Diagnostics;
using Cairn.Checkpoints.Posix;
using Cairn.Checkpoints;

namespace Saves.Limits;

/// <summary>How fast a state could be copied: between two pieces of memory that were touched before.</summary>
internal sealed class MemoryCopy : IDisposable
{
    public const int Piece = 4 * 1024 * 1024;

    // More than any cache holds; for a larger state the same memory is gone through again.
    private const long Most = 1L << 30;
    private readonly long bytes;
    private readonly AlignedMemory to;

    public MemoryCopy(long bytes)
    {
        this.bytes = bytes;
        var length = Math.Min(Most, (bytes + Piece - 1) / Piece * Piece);
        Memory = new AlignedMemory(length);
        to = new AlignedMemory(length);
        Random.Shared.NextBytes(Memory.At(0, (int)length));
    }

    /// <summary>How much memory it takes for a state.</summary>
    public static long Needs(long bytes) => 2 * Math.Min(Most, bytes + Piece);

    /// <summary>Random bytes, for whoever writes.</summary>
    public AlignedMemory Memory { get; }

    /// <summary>Seconds for one copy of the state.</summary>
    public double Seconds(int threads)
    {
        var began = Stopwatch.GetTimestamp();
        Workers.Do((int)((bytes + Piece - 1) / Piece), threads, piece =>
        {
            var offset = (long)piece * Piece;
            var length = (int)Math.Min(Piece, bytes - offset);
            Memory.At(offset % Memory.Length, length).CopyTo(to.At(offset % to.Length, length));
        });
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    public void Dispose()
    {
        Memory.Dispose();
        to.Dispose();
    }
}
