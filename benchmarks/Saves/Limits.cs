using System.Diagnostics;
using System.Runtime.InteropServices;
using Cairn.Checkpoints.Posix;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Writing;

namespace Saves;

/// <summary>What the machine allows, measured in the same rounds: a copy in memory, and a bare loop of direct I/O into a new file.</summary>
internal sealed unsafe class Limits(long bytes) : IDisposable
{
    private const int Piece = 4 * 1024 * 1024;
    private readonly AlignedMemory from = new(bytes);
    private readonly AlignedMemory to = new(bytes);

    /// <summary>Seconds for one copy of the state, by so many threads.</summary>
    public double Copy(int threads)
    {
        var began = Stopwatch.GetTimestamp();
        Workers.Do((int)((bytes + Piece - 1) / Piece), threads, piece =>
        {
            var offset = (long)piece * Piece;
            var length = (int)Math.Min(Piece, bytes - offset);
            from.At(offset, length).CopyTo(to.At(offset, length));
        });
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Seconds to write the state into a new file past the page cache, four blocks at a time, and to sync it; null where direct I/O is unknown.</summary>
    public double? Write(string folder)
    {
        using var directory = PosixDirectory.Open(folder, followLink: true);
        var name = "bare-loop";
        File.Delete(Path.Combine(folder, name));
        var began = Stopwatch.GetTimestamp();
        using (var file = PosixFile.CreateNew(directory, name))
        {
            file.Reserve(bytes);
            if (!file.TryBeDirect())
                return null;
            Workers.Do((int)((bytes + Piece - 1) / Piece), 4, piece =>
            {
                var offset = (long)piece * Piece;
                file.WriteAt(offset, from.At(offset, (int)Math.Min(Piece, AlignedMemory.RoundUp(bytes) - offset)));
            });
            file.Sync();
        }

        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        File.Delete(Path.Combine(folder, name));
        return seconds;
    }

    /// <summary>Seconds of a fixed piece of arithmetic: what it varies by is the machine's noise.</summary>
    public static double Noise()
    {
        var began = Stopwatch.GetTimestamp();
        var x = 1UL;
        for (var i = 0; i < 50_000_000; i++)
            x = (x * 6364136223846793005) + 1442695040888963407;
        GC.KeepAlive(x);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    public void Dispose()
    {
        from.Dispose();
        to.Dispose();
    }
}
