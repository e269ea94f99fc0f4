using System.Runtime.InteropServices;

namespace Cairn.Interruptions.Signals;

/// <summary>The system calls that signals need and .NET does not have.</summary>
internal static unsafe partial class Libc
{
    /// <summary>glibc's and musl's struct sigaction on 64 bits: handler, mask (128 bytes), flags, restorer.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 152)]
    public struct SigAction
    {
        [FieldOffset(0)]
        public nint Handler;

        [FieldOffset(136)]
        public int Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct PollFd
    {
        public int Fd;
        public short Events;
        public short Returned;
    }

    public const nint DefaultAction = 0; // SIG_DFL
    public const int SigInfo = 4;
    public const int Restart = 0x10000000;
    public const int OnStack = 0x08000000;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;
    public const short PollIn = 1;
    public const int ProtectionReadWrite = 3;
    public const int ProtectionReadExecute = 5;
    public const int MapPrivateAnonymous = 0x22;

    [LibraryImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    public static partial int ChangeAction(int signal, SigAction* action, SigAction* old);

    [LibraryImport("libc", EntryPoint = "signalfd", SetLastError = true)]
    public static partial int SignalFd(int fd, ulong* mask, int flags);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(int* fds, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollFd* fds, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial nint Map(nint address, nuint length, int protection, int flags, int fd, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    public static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(nint address, nuint length);
}
