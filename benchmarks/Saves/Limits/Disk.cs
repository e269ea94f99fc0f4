using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Saves.Limits;

/// <summary>The disk that is measured.</summary>
internal static partial class Disk
{
    /// <summary>
    /// Has the file system finish what earlier measurements left to it. A deleted file's blocks are given back with the next
    /// commit of the journal, which the next fsync would wait for: without this, everyone pays for who went before.
    /// </summary>
    public static void Settle(string folder)
    {
        using var handle = File.OpenHandle(Path.Combine(folder, ".settle"), FileMode.Create, FileAccess.Write, options: FileOptions.DeleteOnClose);
        if (SyncFileSystem(handle) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFileSystem(SafeFileHandle file);
}
