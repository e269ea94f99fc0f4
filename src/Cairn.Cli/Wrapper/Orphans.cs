using Cairn.Cli.Processes;
using Cairn.Posix;

namespace Cairn.Cli.Wrapper;

/// <summary>
/// As process 1 of a container the wrapper becomes the parent of what other processes leave behind, and nobody else ends their zombies. Those
/// of its own commands are ended by who started them, at once: what is a zombie at two looks in a row is an orphan.
/// </summary>
internal sealed class Orphans(int program, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private HashSet<ProcessId> _seen = [];
    private long _lookedOn = time.GetTimestamp();

    /// <summary>How long until the next look; null where no orphan comes.</summary>
    public TimeSpan? Left => Environment.ProcessId == 1 ? Interval - time.GetElapsedTime(_lookedOn) : null;

    public void TimePasses()
    {
        if (Left is not { } left || left > TimeSpan.Zero)
            return;
        _lookedOn = time.GetTimestamp();
        var zombies = new HashSet<ProcessId>();
        foreach (var process in ProcessTable.Read().Entries)
        {
            if (!process.IsZombie || process.Parent != Environment.ProcessId || process.Id.Pid == program)
                continue;
            if (_seen.Contains(process.Id))
                _ = Libc.WaitPid(process.Id.Pid, out _, Libc.NoHang);
            else
                zombies.Add(process.Id);
        }

        _seen = zombies;
    }
}
