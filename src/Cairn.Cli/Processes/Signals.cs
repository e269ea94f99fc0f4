using Cairn.Posix;

namespace Cairn.Cli.Processes;

/// <summary>Sends signals to processes that are still the ones that were meant.</summary>
internal static class Signals
{
    private static readonly HashSet<int> Nobody = [];

    /// <summary>Returns false when the process is gone.</summary>
    public static bool Send(ProcessId process, int signal) =>
        ProcessTable.Find(process.Pid) is { IsZombie: false } entry && entry.Id == process && Libc.Kill(process.Pid, signal) == 0;

    /// <summary>
    /// Kills everything below this process until nothing is left, and looks again as long as something new appears.
    /// </summary>
    /// <param name="except">These processes live on, with what is below them.</param>
    /// <param name="patience">A process in an uninterruptible wait can outlive KILL for a while.</param>
    /// <returns>What could not be ended in time; empty as a rule.</returns>
    public static List<ProcessEntry> KillDescendants(IReadOnlySet<int>? except, TimeSpan patience)
    {
        var deadline = TimeProvider.System.GetUtcNow() + patience;
        while (true)
        {
            var left = ProcessTable.Read().Descendants([Environment.ProcessId], except ?? Nobody);
            foreach (var process in left)
                _ = Send(process.Id, SignalName.Kill);
            if (left.Count == 0 || TimeProvider.System.GetUtcNow() > deadline)
                return left;
            Thread.Sleep(2);
        }
    }
}
