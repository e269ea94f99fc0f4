using System.ComponentModel;
using System.Runtime.InteropServices;
using Cairn.Cli.Processes;
using Cairn.Interruptions.Signals;
using Cairn.Posix;

namespace Cairn.Cli.Wrapper;

/// <summary>The program: a child in the same process group, with the same terminal and streams.</summary>
internal sealed unsafe class WrappedProgram
{
    private const int StackSize = 128 * 1024;

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _start = new();
    private readonly Action<ProcessEnd> _onEnd;
    private bool _isGone;

    /// <summary>Makes all that the program's end needs: once it runs there may be no thread to be had.</summary>
    /// <param name="onEnd">Called once, on another thread.</param>
    /// <exception cref="OutOfMemoryException">No thread can be started.</exception>
    public WrappedProgram(Action<ProcessEnd> onEnd)
    {
        _onEnd = onEnd;
        new Thread(Wait, StackSize) { IsBackground = true, Name = "cairn program" }.Start();
    }

    public int Pid { get; private set; }

    /// <summary>Starts it.</summary>
    /// <param name="path">The executable.</param>
    /// <param name="command">The program's name and its arguments.</param>
    /// <param name="environment">The whole environment.</param>
    /// <param name="blocked">What it is to find blocked, a bit a signal.</param>
    /// <exception cref="UsageException">It cannot be started.</exception>
    public void Start(string path, IReadOnlyList<byte[]> command, IReadOnlyList<byte[]> environment, ulong blocked)
    {
        // .NET ignores PIPE from its start on, for itself alone. What else is ignored stays so; what has a handler here gets its default.
        const ulong pipe = 1UL << 12;
        try
        {
            Pid = Spawn.Start(new(path, command, environment) { OwnSession = false, Default = pipe, Blocked = blocked });
            _start.SetResult();
        }
        catch (Win32Exception error)
        {
            throw new UsageException(
                error.NativeErrorCode == Errno.NotExecutable
                    ? $"'{path}' is neither a binary of this machine nor a script with a #! line."
                    : $"'{path}' could not be started: {error.Message}.");
        }
    }

    /// <summary>Sends a signal. Returns false when the program has ended.</summary>
    public bool Send(int signal)
    {
        lock (_gate)
            return !_isGone && Libc.Kill(Pid, signal) == 0;
    }

    /// <summary>What it does with signals; null when it has ended.</summary>
    public SignalState? Signals => SignalState.Of(Pid);

    private void Wait()
    {
        _start.Task.Wait();
        var info = stackalloc byte[Libc.OpaqueSize];
        const int byPid = 1;
        while (Libc.WaitId(byPid, Pid, info, Libc.Exited | Libc.NoWait) != 0 && Marshal.GetLastPInvokeError() != Errno.NoChild)
        {
            // EINTR
        }

        int status;
        lock (_gate)
        {
            // From here on its number may be another process's.
            _isGone = true;
            _ = Libc.WaitPid(Pid, out status, 0);
        }

        var signal = status & 0x7f;
        _onEnd(signal == 0 ? ProcessEnd.Exited((status >> 8) & 0xff) : ProcessEnd.Killed(signal));
    }
}
