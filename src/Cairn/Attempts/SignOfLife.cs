namespace Cairn.Attempts;

/// <summary>Does an attempt on another machine still live? Its journal tells, which a living one touches again and again.</summary>
internal static class SignOfLife
{
    // Machines' clocks differ by less than that; an attempt that has been silent for so long is not waited for.
    private static readonly TimeSpan SurelyDead = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    /// <summary>How long to watch: two beats, and then some for a shared file system that shows them late.</summary>
    public static TimeSpan Patience { get; } = Heartbeat.Interval * 2 + TimeSpan.FromSeconds(10);

    /// <summary>Whether the journal changes while it is watched.</summary>
    /// <param name="journal">The attempt's journal.</param>
    /// <param name="time">The clock.</param>
    /// <param name="onWait">Told before the wait; not when the journal is so old that there is none.</param>
    public static bool IsThere(string journal, TimeProvider time, Action onWait)
    {
        var first = Read(journal);
        if (time.GetUtcNow().UtcDateTime - first.Time > SurelyDead)
            return false;
        onWait();
        var began = time.GetTimestamp();
        while (time.GetElapsedTime(began) < Patience)
        {
            Thread.Sleep(Look);
            if (Read(journal) != first)
                return true;
        }

        return false;
    }

    // Opened each time: a network's file system asks its server then, and else tells what it remembers.
    private static (DateTime Time, long Length) Read(string journal)
    {
        using var file = File.OpenHandle(journal, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return (File.GetLastWriteTimeUtc(file), RandomAccess.GetLength(file));
    }
}
