using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Saves.Limits;

/// <summary>Makes files cold without harm to others on the machine, and looks whether they are.</summary>
internal static unsafe partial class PageCache
{
    private const int DontNeed = 4;
    private const int ProtectRead = 1;
    private const int MapShared = 1;

    /// <summary>Has the kernel forget a file's pages, or all pages of the files in a folder.</summary>
    /// <exception cref="IOException">It keeps more than a hundredth of them, so that nothing cold could be measured.</exception>
    public static void Drop(string path)
    {
        foreach (var file in Directory.Exists(path) ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories) : [path])
        {
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(handle); // dirty pages are not dropped
            Check(Advise(handle, 0, 0, DontNeed), nameof(Advise));
            var length = RandomAccess.GetLength(handle);
            if (length > 1 << 20 && CachedShare(handle, length) is > 0.01 and var share)
                throw new IOException($"{share:P0} of {file} stays in memory: this file system's cache cannot be emptied file by file, and a cold read cannot be measured on it; name another --folder");
        }
    }

    private static double CachedShare(SafeFileHandle handle, long length)
    {
        var pages = new byte[(length + Environment.SystemPageSize - 1) / Environment.SystemPageSize];
        var mapping = Map(null, (nuint)length, ProtectRead, MapShared, handle, 0);
        if (mapping == (void*)-1)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        try
        {
            fixed (byte* first = pages)
            {
                if (InCore(mapping, (nuint)length, first) != 0)
                    throw new Win32Exception(Marshal.GetLastPInvokeError());
            }
        }
        finally
        {
            _ = Unmap(mapping, (nuint)length);
        }

        return pages.Count(page => (page & 1) != 0) / (double)pages.Length;
    }

    private static void Check(int error, string call)
    {
        if (error != 0)
            throw new Win32Exception(error, $"{call}: error {error}");
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* Map(void* address, nuint length, int protection, int flags, SafeFileHandle file, long offset);

    [LibraryImport("libc", EntryPoint = "mincore", SetLastError = true)]
    private static partial int InCore(void* address, nuint length, byte* pages);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(void* address, nuint length);
}
