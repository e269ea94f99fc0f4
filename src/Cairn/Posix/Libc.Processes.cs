using System.Runtime.InteropServices;

namespace Cairn.Posix;

/// <content>Processes: how they start, what they are, how they end.</content>
internal static unsafe partial class Libc
{
    public const int NoHang = 1; // WNOHANG
    public const int Exited = 4; // WEXITED
    public const int NoWait = 0x01000000; // WNOWAIT
    public const int SetChildSubreaper = 36; // PR_SET_CHILD_SUBREAPER

    /// <summary>More than posix_spawnattr_t, posix_spawn_file_actions_t, sigset_t and siginfo_t take on any glibc.</summary>
    public const int OpaqueSize = 512;

    [LibraryImport(Name, EntryPoint = "waitid", SetLastError = true)]
    public static partial int WaitId(int kind, int id, byte* info, int options);

    [LibraryImport(Name, EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitPid(int pid, out int status, int options);

    [LibraryImport(Name, EntryPoint = "prctl", SetLastError = true)]
    public static partial int ControlProcess(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport(Name, EntryPoint = "nice", SetLastError = true)]
    public static partial int Nice(int more);

    /// <summary>Ends this process at once: no finally block, no finalizer, no waiting for threads.</summary>
    [LibraryImport(Name, EntryPoint = "_exit")]
    public static partial void Exit(int status);

    [LibraryImport(Name, EntryPoint = "geteuid")]
    public static partial uint GetEffectiveUid();

    [LibraryImport(Name, EntryPoint = "getuid")]
    public static partial uint GetUid();

    [LibraryImport(Name, EntryPoint = "getgid")]
    public static partial uint GetGid();

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
