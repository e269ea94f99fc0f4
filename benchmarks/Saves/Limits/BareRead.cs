using System.Diagnostics;
using Cairn.Posix;

namespace Saves.Limits;

/// <summary>How fast a file could be read: a bare loop into memory that was touched before.</summary>
internal sealed class BareRead(string path, AlignedMemory memory)
{
    /// <summary>Seconds to read the file from the disk.</summary>
    public double Cold(int readers)
    {
        PageCache.Drop(path);
        return Warm(readers);
    }

    /// <summary>Seconds to read the file from where it is.</summary>
    public double Warm(int readers)
    {
        var began = Stopwatch.GetTimestamp();
        using var directory = PosixDirectory.Open(Path.GetDirectoryName(path)!, followLink: true);
        using var file = PosixFile.OpenRead(directory, Path.GetFileName(path));
        file.WillBeReadInOrder();
        var length = file.Length();
        MemoryCopy.Helpers.Run((int)((length + MemoryCopy.Piece - 1) / MemoryCopy.Piece), readers, piece =>
        {
            var offset = (long)piece * MemoryCopy.Piece;
            file.ReadAt(offset, memory.At(offset % memory.Length, (int)Math.Min(MemoryCopy.Piece, length - offset)));
        });
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
