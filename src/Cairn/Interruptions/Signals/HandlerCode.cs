using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Cairn.Posix;

namespace Cairn.Interruptions.Signals;

/// <summary>
/// A signal handler in machine code that writes the kernel's siginfo (128 bytes) into a pipe and returns. It calls nothing and
/// touches no runtime state, so it is safe at any instant on any thread, also where the thread pool is saturated or a
/// collection runs: a managed handler is not, and .NET's own hands USR1 and USR2 to the thread pool.
/// </summary>
/// <remarks>
/// A signalfd alone does not do: it reads a signal only where every thread blocks it, else the kernel hands it to a thread that does not,
/// and its default action ends the process. A thread's mask is its own to change and comes from the thread that started it. The runtime's
/// (finalizer, tiered compilation, signals) run before a program's first line, unblocked as the process was; a host's or a native library's may, too.
/// A mask for all could only be set by who starts the process, and then it is read from a signalfd. A signal that is blocked would besides
/// stay blocked in the programs that this one starts, which know nothing of it.
/// </remarks>
internal static unsafe class HandlerCode
{
    private const int PageSize = 4096;

    /// <summary>Makes the handler for a pipe.</summary>
    /// <returns>Its address, valid for the life of the process; null on another architecture, or where the system forbids new code.</returns>
    public static nint? Create(int pipe)
    {
        byte[]? code = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => X64(pipe),
            Architecture.Arm64 => Arm64(pipe),
            _ => null,
        };
        if (code is null)
            return null;
        var page = Libc.Map(0, PageSize, Libc.ProtectionReadWrite, Libc.MapPrivateAnonymous, -1, 0);
        if (page == -1)
            return null;
        code.CopyTo(new Span<byte>((void*)page, PageSize));
        if (Libc.Protect(page, PageSize, Libc.ProtectionReadExecute) == 0)
            return page;
        _ = Libc.Unmap(page, PageSize);
        return null;
    }

    // The kernel calls handler(signal: edi, siginfo: rsi, context: rdx); write(2) is system call 1 and takes edi, rsi, rdx.
    private static byte[] X64(int pipe)
    {
        byte[] code =
        [
            0xb8, 1, 0, 0, 0, // mov eax, 1
            0xbf, 0, 0, 0, 0, // mov edi, pipe
            0xba, 128, 0, 0, 0, // mov edx, 128
            0x0f, 0x05, // syscall
            0xc3, // ret
        ];
        BinaryPrimitives.WriteInt32LittleEndian(code.AsSpan(6), pipe);
        return code;
    }

    // handler(w0, x1: siginfo, x2); write(2) is system call 64 and takes w0, x1, x2. A file descriptor fits 16 bits here.
    private static byte[]? Arm64(int pipe)
    {
        if (pipe > ushort.MaxValue)
            return null;
        uint[] code =
        [
            0xd2800808, // mov x8, #64
            0x52800000 | (uint)pipe << 5, // mov w0, #pipe
            0xd2801002, // mov x2, #128
            0xd4000001, // svc #0
            0xd65f03c0, // ret
        ];
        return MemoryMarshal.AsBytes(code.AsSpan()).ToArray();
    }
}
