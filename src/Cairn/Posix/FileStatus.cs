using System.Runtime.InteropServices;

namespace Cairn.Posix;

/// <summary>What the kernel says of a name in a directory; of the name itself, for a symbolic link is not followed.</summary>
/// <param name="IsFile">Whether it is a regular file.</param>
/// <param name="Identity">Which file it is, whatever its names.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Changed">When its bytes were changed last.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileStatus(bool IsFile, FileIdentity Identity, long Size, DateTimeOffset Changed)
{
    /// <summary>Which file it is, for good: a file system gives the number of a deleted one to the next.</summary>
    public Incarnation Incarnation { get; private init; }

    private const int TypeBits = 0xf000, RegularFile = 0x8000;

    /// <summary>Asks about a path, through symbolic links.</summary>
    /// <returns>Null where there is nothing, or the system does not tell.</returns>
    public static FileStatus? At(string path) => AskHere(path, 0);

    /// <summary>Asks about a path; where its last name is a symbolic link, about that.</summary>
    /// <returns>Null where there is nothing, or the system does not tell.</returns>
    public static FileStatus? OfName(string path) => AskHere(path, Libc.NotThroughLink);

    /// <summary>Asks about a name.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="name">The name; empty for the directory itself.</param>
    /// <returns>Null where there is none any more, or the system does not tell.</returns>
    public static FileStatus? Of(Microsoft.Win32.SafeHandles.SafeFileHandle directory, string name) =>
        Ask(directory, name, Libc.EmptyPath | Libc.NotThroughLink);

    private static FileStatus? AskHere(string path, int flags)
    {
        const int currentDirectory = -100; // AT_FDCWD
        using var here = new Microsoft.Win32.SafeHandles.SafeFileHandle(currentDirectory, ownsHandle: false);
        return Ask(here, path, flags);
    }

    private static unsafe FileStatus? Ask(Microsoft.Win32.SafeHandles.SafeFileHandle directory, string name, int flags)
    {
        // The kernel's struct is the same everywhere; PosixFile.Identity says where the numbers of device and file stand.
        var status = stackalloc byte[Libc.StatusLength];
        if (Libc.Status(directory, name, flags, Libc.BasicStatus | Libc.BirthTime, status) < 0)
            return null;
        var identity = new FileIdentity(*(uint*)(status + 136), *(uint*)(status + 140), *(ulong*)(status + 32));
        return new FileStatus(
            (*(ushort*)(status + 28) & TypeBits) == RegularFile,
            identity,
            *(long*)(status + 40),
            Instant(*(long*)(status + 112), *(uint*)(status + 120)))
        {
            Incarnation = new(identity, (*(uint*)status & Libc.BirthTime) == 0 ? null : (*(long*)(status + 80), *(uint*)(status + 88))),
        };
    }

    // A damaged file system can name any second.
    private static DateTimeOffset Instant(long seconds, uint nanoseconds) =>
        DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, 0, DateTimeOffset.MaxValue.ToUnixTimeSeconds())).AddTicks(Math.Min(nanoseconds, 999_999_999) / 100);
}

/// <summary>A file or directory and no other one, before or after it.</summary>
/// <param name="File">Its device and number.</param>
/// <param name="Born">When it was made; null where the file system does not tell.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Incarnation(FileIdentity File, (long Seconds, uint Nanoseconds)? Born);
