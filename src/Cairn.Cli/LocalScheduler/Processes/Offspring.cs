using Cairn.Interruptions.Signals;

namespace Cairn.Cli.LocalScheduler.Processes;

/// <summary>
/// Everything below this process. As a subreaper it inherits what a double fork or <c>setsid</c> would carry away,
/// so that whatever was started can be found again and ended.
/// </summary>
internal sealed class Offspring
{
    // A process in an uninterruptible wait (a stalled disk) survives KILL for a while: don't wait for it for ever.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly HashSet<int> _ours = [];

    /// <summary>Makes this process the one that inherits.</summary>
    public static void Adopt()
    {
        if (Native.Prctl(Native.SetChildSubreaper, 1, 0, 0, 0) != 0)
            throw new IOException("prctl(PR_SET_CHILD_SUBREAPER) failed: descendants could get lost.");
    }

    /// <summary>A child that .NET itself waits for: its exit code is not to be taken away.</summary>
    public void Owned(int pid) => _ours.Add(pid);

    /// <summary>What is alive below this process, without those to spare and what is below them.</summary>
    public List<ProcessKey> Alive(Func<ProcessKey, bool>? spare = null)
    {
        var alive = new List<ProcessKey>();
        foreach (var line in ProcessTable.Descendants(Environment.ProcessId, spare))
        {
            if (!line.IsZombie)
                alive.Add(line.Key);
            else if (line.Parent == Environment.ProcessId && !_ours.Contains(line.Key.Pid))
                Reap(line.Key.Pid);
        }

        return alive;
    }

    /// <summary>KILLs until nothing is left.</summary>
    /// <returns>What would not die.</returns>
    public List<ProcessKey> KillAll(TimeProvider time, Func<ProcessKey, bool>? spare = null)
    {
        var begun = time.GetTimestamp();
        while (true)
        {
            // Looked through again each time: a process may have forked between the look and the KILL.
            var alive = Alive(spare);
            if (alive.Count == 0 || time.GetElapsedTime(begun) > s_patience)
                return alive;
            foreach (var process in alive)
                ProcessTable.Signal(process, SignalName.Kill);
            Thread.Sleep(1);
        }
    }

    private static unsafe void Reap(int pid) => _ = Native.WaitPid(pid, null, Native.WaitNoHang);
}
