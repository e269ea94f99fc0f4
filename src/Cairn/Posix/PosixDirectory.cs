using Microsoft.Win32.SafeHandles;

namespace Cairn.Posix;

/// <summary>An open directory: what is opened through it is in it, even when its path meanwhile names something else.</summary>
internal sealed class PosixDirectory : IDisposable
{
    private const uint FileMode = 0b110_110_110;
    private const uint DirectoryMode = 0b111_111_111;
    private readonly SafeFileHandle handle;

    private PosixDirectory(string path, SafeFileHandle handle)
    {
        Path = path;
        this.handle = handle;
    }

    /// <summary>The path by which it was opened.</summary>
    public string Path { get; }

    /// <summary>Opens a directory.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="followLink">Whether the path itself may be a symbolic link (a user's folder may, a checkpoint may not).</param>
    public static PosixDirectory Open(string path, bool followLink)
    {
        var flags = Libc.Directory | Libc.CloseOnExec | (followLink ? 0 : Libc.NoFollow);
        SafeFileHandle opened;
        do
            opened = Libc.Open(path, flags, 0);
        while (opened.IsInvalid && Errno.WasInterrupted);

        return opened.IsInvalid ? throw PosixException.Last("open", path) : new PosixDirectory(path, opened);
    }

    /// <summary>Creates a directory that must not exist yet.</summary>
    public static void CreateNew(string path)
    {
        if (Libc.MakeDirectory(path, DirectoryMode) < 0)
            throw PosixException.Last("mkdir", path);
    }

    /// <summary>Creates a directory and those above it where they are missing, so that they last.</summary>
    public static void CreateAll(string path)
    {
        if (Directory.Exists(path))
            return;
        var parent = System.IO.Path.GetDirectoryName(path);
        if (parent is not null)
            CreateAll(parent);
        try
        {
            CreateNew(path);
        }
        catch (PosixException e) when (e.Errno == Errno.Exists && Directory.Exists(path))
        {
            // Another process made it in the meantime.
        }

        if (parent is not null)
            SyncPath(parent);
    }

    /// <summary>Removes a directory if there is nothing in it. Whether there is, the kernel decides at that instant.</summary>
    public static bool RemoveEmpty(string path) => Libc.RemoveDirectory(path) == 0;

    /// <summary>rename(2): atomic, within one file system, and never onto a directory that has something in it.</summary>
    public static void Rename(string from, string to)
    {
        int result;
        do
            result = Libc.Rename(from, to);
        while (result < 0 && Errno.WasInterrupted);

        if (result < 0)
            throw PosixException.Last("rename", $"{from} to {to}");
    }

    /// <summary>Renames something, if it is what the caller has looked at, and not what somebody else has put there since.</summary>
    /// <param name="from">The name.</param>
    /// <param name="to">The new one, which nobody has.</param>
    /// <param name="judged">Which file or directory the caller has looked at; null where the system does not tell.</param>
    /// <param name="lookFirst">Whether to look before, too: then another one nearly never loses its name for an instant.</param>
    /// <returns>False when it was another one; then it has its name again.</returns>
    /// <exception cref="PosixException">It could not be renamed, or not get its name back.</exception>
    public static bool TryRename(string from, string to, Incarnation? judged, bool lookFirst = true)
    {
        if (lookFirst && judged is not null && FileStatus.OfName(from)?.Incarnation is { } there && there != judged)
            return false;
        Rename(from, to);

        // Between the look and the rename there is an instant, however short: only now it is sure what was renamed.
        if (judged is null || FileStatus.OfName(to)?.Incarnation is not { } moved || moved == judged)
            return true;
        Rename(to, from);
        return false;
    }

    /// <summary>Which directory this is, whatever its names; null where the system does not tell.</summary>
    public Incarnation? Incarnation => FileStatus.Of(handle, string.Empty)?.Incarnation;

    /// <summary>Gives a file of another directory the same name in this one; both names are then the same bytes on the disk.</summary>
    /// <returns>False where that cannot be done: no hard links on this file system, too many of them, another file system.</returns>
    public bool TryLink(PosixDirectory from, string name) => Libc.LinkAt(from.handle, name, handle, name, 0) == 0;

    /// <summary>What the kernel says of a name in it; null where there is none any more. Links are not followed.</summary>
    public FileStatus? StatusOf(string name) => FileStatus.Of(handle, name);

    /// <summary>Returns when the names in a directory are on the disk.</summary>
    public static void SyncPath(string path)
    {
        using var directory = Open(path, followLink: true);
        directory.Sync();
    }

    /// <summary>Returns when the names in this directory are on the disk.</summary>
    public void Sync()
    {
        try
        {
            PosixFile.Sync(handle, Path);
        }
        catch (PosixException e) when (e.Errno == Errno.Invalid)
        {
            // This file system cannot sync a directory by itself: it has no such step to wait for.
        }
    }

    public void Dispose() => handle.Dispose();

    internal SafeFileHandle OpenEntry(string name, int flags)
    {
        SafeFileHandle file;
        do
            file = Libc.OpenAt(handle, name, flags, FileMode);
        while (file.IsInvalid && Errno.WasInterrupted);

        return file.IsInvalid ? throw PosixException.Last("open", System.IO.Path.Combine(Path, name)) : file;
    }
}
