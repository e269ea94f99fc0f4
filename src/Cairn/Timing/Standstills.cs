namespace Cairn.Timing;

/// <summary>
/// Times in which the process stood still while the clock ran on, as a suspended job's does: what lasted through one took less than the clock says. Seen by a thread
/// that sleeps for moments.
/// </summary>
internal sealed class Standstills
{
    /// <summary>What is shorter is none: no machine is so busy that a thread which sleeps for a moment is waked so late.</summary>
    public static readonly TimeSpan Least = TimeSpan.FromSeconds(10);
    private readonly Lock turn = new();
    private TimeSpan past;
    private long? asleepSince;

    /// <summary>How long all of them took together; the one that has just ended is among them, whoever is waked first.</summary>
    public TimeSpan Total
    {
        get
        {
            lock (turn)
                return past + Gap();
        }
    }

    /// <summary>By that thread, before it sleeps.</summary>
    public void FallAsleep()
    {
        lock (turn)
            asleepSince = TimeProvider.System.GetTimestamp();
    }

    /// <summary>By that thread, when it is awake.</summary>
    /// <returns>For how long the process stood still; zero where it did not.</returns>
    public TimeSpan WakeUp()
    {
        lock (turn)
        {
            var gap = Gap();
            past += gap;
            asleepSince = null;
            return gap;
        }
    }

    private TimeSpan Gap() => asleepSince is { } since && TimeProvider.System.GetElapsedTime(since) is var gap && gap > Least ? gap : TimeSpan.Zero;
}
