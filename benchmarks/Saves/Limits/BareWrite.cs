using System.Diagnostics;
using Cairn.Posix;

namespace Saves.Limits;

/// <summary>How fast the state could be made durable: a bare loop of direct I/O with as many writes in flight as Cairn has, and one sync.</summary>
internal sealed class BareWrite : IDisposable
{
    private const int Threads = 4;
    private readonly string folder;
    private readonly long bytes;
    private readonly AlignedMemory memory;
    private readonly PosixDirectory directory;
    private readonly PosixFile existing;

    public BareWrite(string folder, long bytes, AlignedMemory memory)
    {
        this.folder = folder;
        this.bytes = AlignedMemory.RoundUp(bytes);
        this.memory = memory;
        directory = PosixDirectory.Open(folder, followLink: true);
        existing = PosixFile.CreateNew(directory, "bare-existing");
        IsDirect = existing.TryBeDirect();
        Write(existing);
    }

    /// <summary>Whether the file system takes direct I/O; else the loop goes through the page cache.</summary>
    public bool IsDirect { get; }

    /// <summary>In words.</summary>
    public string Way => IsDirect ? "bare direct-I/O loop" : "bare loop through the page cache";

    /// <summary>Seconds into a new file whose space is reserved first, as a checkpoint's is.</summary>
    public double NewFile()
    {
        const string name = "bare-new";
        var began = Stopwatch.GetTimestamp();
        using (var file = PosixFile.CreateNew(directory, name))
        {
            file.Reserve(bytes);
            file.TryBeDirect();
            Write(file);
        }

        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        File.Delete(Path.Combine(folder, name));
        return seconds;
    }

    /// <summary>Seconds over the blocks of a file that is there.</summary>
    public double ExistingBlocks()
    {
        var began = Stopwatch.GetTimestamp();
        Write(existing);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    public void Dispose()
    {
        existing.Dispose();
        directory.Dispose();
        File.Delete(Path.Combine(folder, "bare-existing"));
    }

    private void Write(PosixFile file)
    {
        MemoryCopy.Helpers.Run((int)((bytes + MemoryCopy.Piece - 1) / MemoryCopy.Piece), Threads, piece =>
        {
            var offset = (long)piece * MemoryCopy.Piece;
            file.WriteAt(offset, memory.At(offset % memory.Length, (int)Math.Min(MemoryCopy.Piece, bytes - offset)));
        });
        file.Sync();
    }
}
