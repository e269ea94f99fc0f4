using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Cairn.Posix;

/// <summary>
/// Starts a program with posix_spawn. .NET's own Process is not used: it learns of a child's end by a handler of SIGCHLD, which others take over
/// (PyTorch does, as soon as a DataLoader has workers), it passes on this thread's signal mask, leaves PIPE ignored, and knows no sessions.
/// </summary>
internal static unsafe class Spawn
{
    private const short SetSigDef = 0x04;
    private const short SetSigMask = 0x08;
    private const short SetSid = 0x80;

    /// <summary>Starts it and returns the process id.</summary>
    /// <exception cref="Win32Exception">It could not be started; the error code says why.</exception>
    public static int Start(ProcessStart start)
    {
        var attributes = stackalloc byte[Libc.OpaqueSize];
        var actions = stackalloc byte[Libc.OpaqueSize];
        var blocked = stackalloc byte[Libc.OpaqueSize];
        var toDefault = stackalloc byte[Libc.OpaqueSize];
        _ = Libc.SigEmptySet(blocked);
        _ = Libc.SigEmptySet(toDefault);
        for (var signal = 1; signal <= 64; signal++)
        {
            if (Has(start.Blocked, signal))
                _ = Libc.SigAddSet(blocked, signal);
            if (Has(start.Default, signal))
                _ = Libc.SigAddSet(toDefault, signal);
        }

        // posix_spawn itself can change the folder from glibc 2.29 on. Only one child is started at a time.
        var here = start.Folder is null ? null : Environment.CurrentDirectory;
        Check(Libc.SpawnAttributesInit(attributes));
        Check(Libc.FileActionsInit(actions));
        using var arguments = new StringArray(start.Arguments);
        using var environment = new StringArray(start.Environment);
        try
        {
            Check(Libc.SpawnAttributesSetFlags(attributes, (short)(SetSigDef | SetSigMask | (start.OwnSession ? SetSid : 0))));
            Check(Libc.SpawnAttributesSetSigMask(attributes, blocked));
            Check(Libc.SpawnAttributesSetSigDefault(attributes, toDefault));
            Redirect(actions, start.Input, 0);
            Redirect(actions, start.Output, 1);
            Redirect(actions, start.Error, 2);
            if (start.Folder is not null && Libc.ChangeDirectory(start.Folder) != 0)
                throw new Win32Exception();
            Check(Libc.Spawn(out var pid, start.Path, actions, attributes, arguments.Pointer, environment.Pointer));
            GC.KeepAlive(start);
            return pid;
        }
        finally
        {
            if (here is not null)
                _ = Libc.ChangeDirectory(here);
            _ = Libc.FileActionsDestroy(actions);
            _ = Libc.SpawnAttributesDestroy(attributes);
        }
    }

    private static bool Has(ulong signals, int signal) => (signals >> (signal - 1) & 1) != 0;

    private static void Redirect(byte* actions, SafeHandle? handle, int to)
    {
        if (handle is not null)
            Check(Libc.FileActionsAddDup2(actions, (int)handle.DangerousGetHandle(), to));
    }

    private static void Check(int error)
    {
        if (error != 0)
            throw new Win32Exception(error);
    }

    /// <summary>A null-terminated array of C strings.</summary>
    private sealed class StringArray : IDisposable
    {
        private readonly int count;

        public StringArray(IReadOnlyList<byte[]> values)
        {
            count = values.Count;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(count + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < count; i++)
            {
                Pointer[i] = (byte*)NativeMemory.AllocZeroed((nuint)values[i].Length + 1);
                values[i].CopyTo(new Span<byte>(Pointer[i], values[i].Length));
            }
        }

        public byte** Pointer { get; }

        public void Dispose()
        {
            for (var i = 0; i < count; i++)
                NativeMemory.Free(Pointer[i]);
            NativeMemory.Free(Pointer);
        }
    }
}
