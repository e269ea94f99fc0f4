using System.Runtime.InteropServices;

namespace Cairn.Cli.Processes;

/// <summary>The system calls that .NET has no face for. Linux with glibc.</summary>
internal static unsafe partial class Libc
{
    public const int Eintr = 4;
    public const int Echild = 10;
    public const int Enoexec = 8;

    public const int WExited = 4;
    public const int NoHang = 1;
    public const int WNoWait = 0x01000000;
    public const int PrSetChildSubreaper = 36;


    public const int OWriteOnly = 1;
    public const int OCreate = 0x40;
    public const int OTruncate = 0x200;
    public const int OAppend = 0x400;
    public const int OCloExec = 0x80000;

    /// <summary>More than posix_spawnattr_t, posix_spawn_file_actions_t, sigset_t and siginfo_t take on any glibc.</summary>
    public const int OpaqueSize = 512;

    private const string Name = "libc";

    [LibraryImport(Name, EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport(Name, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int fd, byte* bytes, nuint count);

    /// <summary>A signal in the words of this machine: Killed, Segmentation fault.</summary>
    public static string SignalText(int signal) => Marshal.PtrToStringUTF8(StrSignal(signal)) ?? "";

    [LibraryImport(Name, EntryPoint = "prctl", SetLastError = true)]
    public static partial int Prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport(Name, EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe2(int* ends, int flags);

    [LibraryImport(Name, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport(Name, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(int fd, int command);

    [LibraryImport(Name, EntryPoint = "waitid", SetLastError = true)]
    public static partial int WaitId(int kind, int id, byte* info, int options);

    [LibraryImport(Name, EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitPid(int pid, out int status, int options);

    [LibraryImport(Name, EntryPoint = "chdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Chdir(string path);

    [LibraryImport(Name, EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Access(string path, int mode);


    [LibraryImport(Name, EntryPoint = "strsignal")]
    private static partial nint StrSignal(int signal);

    [LibraryImport(Name, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Statx(int folder, string path, int flags, uint mask, byte* status);

    [LibraryImport(Name, EntryPoint = "geteuid")]
    public static partial uint GetEffectiveUid();

    [LibraryImport(Name, EntryPoint = "getuid")]
    public static partial uint GetUid();

    [LibraryImport(Name, EntryPoint = "getgid")]
    public static partial uint GetGid();

    [LibraryImport(Name, EntryPoint = "sigemptyset")]
    public static partial int SigEmptySet(byte* set);

    [LibraryImport(Name, EntryPoint = "sigaddset")]
    public static partial int SigAddSet(byte* set, int signal);

    [LibraryImport(Name, EntryPoint = "posix_spawnattr_init")]
    public static partial int SpawnAttributesInit(byte* attributes);

    [LibraryImport(Name, EntryPoint = "posix_spawnattr_destroy")]
    public static partial int SpawnAttributesDestroy(byte* attributes);

    [LibraryImport(Name, EntryPoint = "posix_spawnattr_setflags")]
    public static partial int SpawnAttributesSetFlags(byte* attributes, short flags);

    [LibraryImport(Name, EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int SpawnAttributesSetSigMask(byte* attributes, byte* set);

    [LibraryImport(Name, EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int SpawnAttributesSetSigDefault(byte* attributes, byte* set);

    [LibraryImport(Name, EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int FileActionsInit(byte* actions);

    [LibraryImport(Name, EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int FileActionsDestroy(byte* actions);

    [LibraryImport(Name, EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int FileActionsAddDup2(byte* actions, int from, int to);

    [LibraryImport(Name, EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Spawn(out int pid, string path, byte* actions, byte* attributes, byte** arguments, byte** environment);
}
