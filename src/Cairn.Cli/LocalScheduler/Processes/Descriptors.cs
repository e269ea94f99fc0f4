using System.ComponentModel;
using System.Runtime.InteropServices;
using Cairn.Posix;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Cli.LocalScheduler.Processes;

/// <summary>File descriptors to hand to a child; none is inherited by accident.</summary>
internal static unsafe class Descriptors
{
    public static (SafeFileHandle Read, SafeFileHandle Write) Pipe()
    {
        var ends = stackalloc int[2];
        return Libc.Pipe(ends, Libc.CloseOnExec) == 0
            ? (new(ends[0], ownsHandle: true), new(ends[1], ownsHandle: true))
            : throw new Win32Exception();
    }

    /// <summary>Opens for appending, so that two writers do not overwrite each other. (.NET's own append does not set O_APPEND.)</summary>
    /// <exception cref="IOException">It cannot be opened; the message names the path.</exception>
    public static SafeFileHandle OpenLog(string path, bool truncate)
    {
        const uint readWriteByUmask = 0x1b6;
        var flags = Libc.WriteOnly | Libc.Create | Libc.Append | Libc.CloseOnExec | (truncate ? Libc.Emptied : 0);
        var log = Libc.Open(path, flags, readWriteByUmask);
        return !log.IsInvalid
            ? log
            : throw new IOException($"The log '{path}' cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    public static SafeFileHandle OpenNothing() => File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
}
