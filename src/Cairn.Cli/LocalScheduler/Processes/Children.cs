using System.ComponentModel;
using System.Runtime.InteropServices;
using Cairn.Cli.LocalScheduler.Jobs;

namespace Cairn.Cli.LocalScheduler.Processes;

/// <summary>
/// Starts children with posix_spawn and waits for all of them, adopted orphans too. .NET's own Process is not used: it
/// passes on this thread's signal mask, knows no sessions, and does not wait for orphans. One instance a process.
/// </summary>
internal sealed unsafe class Children
{
    private const short SetSigDef = 0x04;
    private const short SetSigMask = 0x08;
    private const short SetSid = 0x80;

    private readonly object _gate = new();
    private readonly Dictionary<int, Action<ProcessEnd>> _onEnd = [];

    private Children()
    {
    }

    /// <summary>Makes this process the one that orphans of its descendants come to, and begins to wait for children.</summary>
    public static Children Adopt()
    {
        if (Libc.Prctl(Libc.PrSetChildSubreaper, 1, 0, 0, 0) != 0)
            throw new Win32Exception();
        var children = new Children();
        new Thread(children.Reap) { IsBackground = true, Name = "children" }.Start();
        return children;
    }

    /// <summary>Starts a program. <paramref name="onEnd"/> is called once, on the waiting thread.</summary>
    /// <returns>The process id.</returns>
    /// <exception cref="Win32Exception">It could not be started; the error code says why.</exception>
    public int Start(ProcessStart start, Action<ProcessEnd> onEnd)
    {
        // The child may end before its callback is known: the waiting thread takes the same lock before it reaps.
        lock (_gate)
        {
            var pid = Spawn(start);
            _onEnd.Add(pid, onEnd);
            Monitor.Pulse(_gate);
            return pid;
        }
    }

    private void Reap()
    {
        var info = stackalloc byte[Libc.OpaqueSize];
        while (true)
        {
            const int any = 0;
            if (Libc.WaitId(any, 0, info, Libc.WExited | Libc.WNoWait) != 0)
            {
                if (Marshal.GetLastPInvokeError() == Libc.Echild)
                    WaitForStart();
                continue;
            }

            const int pidOffset = 16;
            var pid = *(int*)(info + pidOffset);
            Action<ProcessEnd>? onEnd;
            int status;
            lock (_gate)
            {
                if (Libc.WaitPid(pid, out status, 0) != pid)
                    continue;
                _onEnd.Remove(pid, out onEnd);
            }

            var signal = status & 0x7f;
            onEnd?.Invoke(signal == 0 ? ProcessEnd.Exited((status >> 8) & 0xff) : ProcessEnd.Killed(signal));
        }
    }

    private void WaitForStart()
    {
        lock (_gate)
        {
            if (_onEnd.Count == 0)
                Monitor.Wait(_gate);
        }
    }

    private static int Spawn(ProcessStart start)
    {
        var attributes = stackalloc byte[Libc.OpaqueSize];
        var actions = stackalloc byte[Libc.OpaqueSize];
        var none = stackalloc byte[Libc.OpaqueSize];
        var all = stackalloc byte[Libc.OpaqueSize];
        _ = Libc.SigEmptySet(none);
        _ = Libc.SigEmptySet(all);
        for (var signal = 1; signal <= 31; signal++)
        {
            if (signal is not (9 or 19))
                _ = Libc.SigAddSet(all, signal);
        }

        Check(Libc.SpawnAttributesInit(attributes));
        Check(Libc.FileActionsInit(actions));
        using var arguments = new StringArray(start.Arguments);
        using var environment = new StringArray(start.Environment.Select(pair => $"{pair.Key}={pair.Value}"));
        try
        {
            Check(Libc.SpawnAttributesSetFlags(attributes, SetSigDef | SetSigMask | SetSid));
            Check(Libc.SpawnAttributesSetSigMask(attributes, none));
            Check(Libc.SpawnAttributesSetSigDefault(attributes, all));
            Redirect(actions, start.Input, 0);
            Redirect(actions, start.Output, 1);
            Redirect(actions, start.Error, 2);
            if (start.Folder is not null)
                Check(Libc.FileActionsAddChdir(actions, start.Folder));
            Check(Libc.Spawn(out var pid, start.Path, actions, attributes, arguments.Pointer, environment.Pointer));
            GC.KeepAlive(start);
            return pid;
        }
        finally
        {
            _ = Libc.FileActionsDestroy(actions);
            _ = Libc.SpawnAttributesDestroy(attributes);
        }
    }

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
        private readonly List<nint> _strings = [];

        public StringArray(IEnumerable<string> values)
        {
            foreach (var value in values)
                _strings.Add(Marshal.StringToCoTaskMemUTF8(value));
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_strings.Count + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < _strings.Count; i++)
                Pointer[i] = (byte*)_strings[i];
        }

        public byte** Pointer { get; }

        public void Dispose()
        {
            foreach (var text in _strings)
                Marshal.FreeCoTaskMem(text);
            NativeMemory.Free(Pointer);
        }
    }
}
