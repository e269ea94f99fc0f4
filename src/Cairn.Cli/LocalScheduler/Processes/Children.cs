using System.ComponentModel;
using System.Runtime.InteropServices;
using Cairn.Cli.Processes;
using Cairn.Posix;
using Cairn.Slurm;

namespace Cairn.Cli.LocalScheduler.Processes;

/// <summary>
/// Starts children and waits for all of them, adopted orphans too, for which .NET's own Process does not wait. One instance a
/// process.
/// </summary>
internal sealed unsafe class Children
{
    private readonly object _gate = new();
    private readonly Dictionary<int, Action<ProcessEnd>> _onEnd = [];

    private Children()
    {
    }

    /// <summary>Makes this process the one that orphans of its descendants come to, under the name of Slurm's, and begins to wait for children.</summary>
    public static Children Adopt()
    {
        if (Libc.ControlProcess(Libc.SetChildSubreaper, 1, 0, 0, 0) != 0)
            throw new Win32Exception();
        // Programs tell by their parent's name whether Slurm started them itself, and so will signal them.
        File.WriteAllText("/proc/self/comm", LaunchedBy.StepDaemon);
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
            var pid = Spawn.Start(start);
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
            if (Libc.WaitId(any, 0, info, Libc.Exited | Libc.NoWait) != 0)
            {
                if (Marshal.GetLastPInvokeError() == Errno.NoChild)
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
}
