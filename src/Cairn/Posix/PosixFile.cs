using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Posix;

/// <summary>A file's device and its number there: two names with the same one are the same bytes on the disk.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode);

/// <summary>A regular file of a checkpoint, opened within its directory and never through a symbolic link.</summary>
internal sealed class PosixFile : IDisposable
{
    private readonly SafeFileHandle handle;
    private readonly string path;

    private PosixFile(SafeFileHandle handle, string path)
    {
        this.handle = handle;
        this.path = path;
    }

    /// <summary>Creates a file that must not exist yet.</summary>
    public static PosixFile CreateNew(PosixDirectory directory, string name) =>
        Open(directory, name, Libc.ReadWrite | Libc.Create | Libc.Exclusive);

    /// <summary>Opens a file for reading. A pipe of that name does not block, it fails when its length is asked for.</summary>
    public static PosixFile OpenRead(PosixDirectory directory, string name) => Open(directory, name, Libc.NonBlocking);

    /// <summary>Opens a file that is there, to write parts of it.</summary>
    public static PosixFile OpenForWriting(PosixDirectory directory, string name) => Open(directory, name, Libc.ReadWrite | Libc.NonBlocking);

    /// <summary>Opens a file that someone else may be writing, to ask for its lock (some shared file systems want it writable for that).</summary>
    public static PosixFile OpenForLock(PosixDirectory directory, string name) => Open(directory, name, Libc.ReadWrite | Libc.NonBlocking);

    /// <summary>
    /// Says that the file is about to be read from its beginning to its end. Several threads that read it side by side look like
    /// random reads to the kernel, which then reads ahead little: cold reads took up to twice as long without.
    /// </summary>
    public void WillBeReadInOrder() => Libc.AdviseFile(handle, 0, 0, Libc.Sequential); // an advice: not taken, nothing is lost

    /// <summary>The length in bytes.</summary>
    public long Length()
    {
        var length = Libc.Seek(handle, 0, Libc.SeekEnd);
        return length >= 0 ? length : throw PosixException.Last("lseek", path);
    }

    /// <summary>Which file it is, whatever its names.</summary>
    /// <returns>Null where the system does not tell.</returns>
    public unsafe FileIdentity? Identity()
    {
        // The kernel's struct is the same everywhere: stx_mask first, stx_ino at 32, the device's numbers at 136 and 140.
        var status = stackalloc byte[Libc.StatusLength];
        if (Libc.Status(handle, string.Empty, Libc.EmptyPath, Libc.InodeNumber, status) < 0 || (*(uint*)status & Libc.InodeNumber) == 0)
            return null;
        return new FileIdentity(*(uint*)(status + 136), *(uint*)(status + 140), *(ulong*)(status + 32));
    }

    /// <summary>Reserves the space for a file of this length, so that a full disk is found before the first byte is written.</summary>
    /// <returns>False where the file system cannot reserve; writing is then what finds the disk full.</returns>
    public bool Reserve(long length)
    {
        int result;
        do
            result = Libc.Allocate(handle, 0, 0, length);
        while (result < 0 && Errno.WasInterrupted);

        if (result == 0)
            return true;
        var error = PosixException.Last("fallocate", path);
        return error.Errno is Errno.NotSupported or Errno.NotImplemented or Errno.Invalid ? false : throw error;
    }

    /// <summary>Takes the exclusive lock that the kernel drops when the last holder is gone, however it ended.</summary>
    public FileLock TryLock()
    {
        int result;
        do
            result = Libc.Lock(handle, Libc.LockExclusiveNow);
        while (result < 0 && Errno.WasInterrupted);

        if (result == 0)
            return FileLock.Taken;
        return Marshal.GetLastPInvokeError() == Errno.WouldBlock ? FileLock.HeldByAnother : FileLock.Unsupported;
    }

    /// <summary>
    /// Gives the lock back at once. Closing does not: a process that another thread is just starting has the open file, too,
    /// until it becomes its program.
    /// </summary>
    public void Unlock() => _ = Libc.Lock(handle, Libc.Unlock); // where there are no locks, there is none to give back

    /// <summary>
    /// Switches to direct I/O: bytes go past the page cache, from memory and to offsets that are multiples of
    /// <see cref="AlignedMemory.Block"/>, in whole blocks.
    /// </summary>
    /// <returns>False where the file system does not know it; the file stays as it was.</returns>
    public bool TryBeDirect() => Switch(Libc.Direct, on: true);

    /// <summary>Switches back to the page cache.</summary>
    public void BeBuffered() => Switch(Libc.Direct, on: false);

    /// <summary>Cuts the file to a length.</summary>
    public void Truncate(long length)
    {
        int result;
        do
            result = Libc.Truncate(handle, length);
        while (result < 0 && Errno.WasInterrupted);

        if (result < 0)
            throw PosixException.Last("ftruncate", path);
    }

    /// <summary>Has the kernel begin to write a range out, so that the sync at the end finds little left. A hint: errors show at the sync.</summary>
    public void StartWriteOut(long offset, long length) => _ = Libc.SyncRange(handle, offset, length, Libc.StartWriteOut);

    /// <summary>Writes all bytes at an offset.</summary>
    public unsafe void WriteAt(long offset, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var count = Libc.WriteAt(handle, start + done, bytes.Length - done, offset + done);
                if (count > 0)
                    done += (int)count;
                else if (count == 0)
                    throw new PosixException("pwrite", path, Errno.NoSpace);
                else if (!Errno.WasInterrupted)
                    throw PosixException.Last("pwrite", path);
            }
        }
    }

    /// <summary>Reads exactly as many bytes as fit into the destination.</summary>
    /// <exception cref="EndOfStreamException">The file ends before.</exception>
    public unsafe void ReadAt(long offset, Span<byte> destination)
    {
        fixed (byte* start = destination)
        {
            for (var done = 0; done < destination.Length;)
            {
                var count = Libc.ReadAt(handle, start + done, destination.Length - done, offset + done);
                if (count > 0)
                    done += (int)count;
                else if (count == 0)
                    throw new EndOfStreamException($"{path} ends at byte {offset + done}, {destination.Length - done} bytes too early");
                else if (!Errno.WasInterrupted)
                    throw PosixException.Last("pread", path);
            }
        }
    }

    /// <summary>Returns when the bytes are on the disk. After a failure the file is not to be used any more: the kernel may have dropped its pages.</summary>
    public void Sync() => Sync(handle, path);

    public void Dispose() => handle.Dispose();

    /// <summary>Returns when what was written into it is on the disk. .NET's own <c>Flush(flushToDisk: true)</c> tells nobody that it failed (EIO, seen with .NET 10).</summary>
    public static void Sync(FileStream file)
    {
        file.Flush();
        Sync(file.SafeFileHandle, file.Name);
    }

    internal static void Sync(SafeFileHandle handle, string path)
    {
        int result;
        do
            result = Libc.Sync(handle);
        while (result < 0 && Errno.WasInterrupted);

        if (result < 0)
            throw PosixException.Last("fsync", path);
    }

    private bool Switch(int flag, bool on)
    {
        var flags = Libc.Control(handle, Libc.GetFlags, 0);
        return flags >= 0 && Libc.Control(handle, Libc.SetFlags, on ? flags | flag : flags & ~flag) == 0;
    }

    private static PosixFile Open(PosixDirectory directory, string name, int flags)
    {
        var opened = directory.OpenEntry(name, flags | Libc.NoFollow | Libc.CloseOnExec);
        return new PosixFile(opened, Path.Combine(directory.Path, name));
    }
}
