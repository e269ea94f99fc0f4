using System.Runtime.InteropServices;

namespace Cairn.Posix;

/// <content>Signals.</content>
internal static unsafe partial class Libc
{
    public const nint DefaultAction = 0; // SIG_DFL
    public const int SigInfo = 4; // SA_SIGINFO
    public const int Restart = 0x10000000; // SA_RESTART
    public const int OnStack = 0x08000000; // SA_ONSTACK

    /// <summary>glibc's and musl's struct sigaction on 64 bits: handler, mask (128 bytes), flags, restorer.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 152)]
    public struct SigAction
    {
        [FieldOffset(0)]
        public nint Handler;

        [FieldOffset(136)]
        public int Flags;
    }

    [LibraryImport(Name, EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport(Name, EntryPoint = "sigaction", SetLastError = true)]
    public static partial int ChangeAction(int signal, SigAction* action, SigAction* old);

    [LibraryImport(Name, EntryPoint = "signalfd", SetLastError = true)]
    public static partial int SignalFd(int descriptor, ulong* mask, int flags);

    [LibraryImport(Name, EntryPoint = "sigemptyset")]
    public static partial int SigEmptySet(byte* set);

    [LibraryImport(Name, EntryPoint = "sigaddset")]
    public static partial int SigAddSet(byte* set, int signal);

    /// <summary>A signal in the words of this machine: Killed, Segmentation fault.</summary>
    public static string SignalText(int signal) => Marshal.PtrToStringUTF8(StrSignal(signal)) ?? string.Empty;

    [LibraryImport(Name, EntryPoint = "strsignal")]
    private static partial nint StrSignal(int signal);
}
