using System.Runtime.InteropServices;

namespace Cairn.Posix;

/// <content>Memory.</content>
internal static unsafe partial class Libc
{
    public const int ProtectionReadWrite = 3;
    public const int ProtectionReadExecute = 5;
    public const int MapPrivateAnonymous = 0x22;
    public const int HugePages = 14; // MADV_HUGEPAGE
    public const int NotForChildren = 10; // MADV_DONTFORK
    public const int ForChildren = 11; // MADV_DOFORK

    [LibraryImport(Name, EntryPoint = "mmap", SetLastError = true)]
    public static partial nint Map(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport(Name, EntryPoint = "mprotect", SetLastError = true)]
    public static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport(Name, EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(nint address, nuint length);

    [LibraryImport(Name, EntryPoint = "madvise", SetLastError = true)]
    public static partial int Advise(byte* memory, nuint length, int advice);
}
