namespace Cairn.Timing;

/// <summary>
/// Times in which this process stood still while the clock ran on, as a suspended job's does: what lasted through one took less than the clock says, and nobody is late
/// for it. Seen by a thread that does nothing but sleep for moments.
/// </summary>
internal static class Standstills
{
    /// <summary>What is shorter is none: no machine is so busy that a thread which sleeps for a moment is waked so late.</summary>
    public static readonly TimeSpan Least = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);
    private static readonly Lock Turn = new();
    private static readonly List<(long EndedOn, TimeSpan Length)> Past = [];
    private static readonly List<Action<TimeSpan>> Listeners = [];
    private static long? awakeOn; // null until somebody wants to know

    /// <summary>Begins to watch, where nobody has before.</summary>
    /// <param name="over">Told of each, and how long it was at least, a moment after its end and by the thread that watches.</param>
    public static void Watch(Action<TimeSpan> over)
    {
        lock (Turn)
        {
            Listeners.Add(over);
            if (awakeOn is not null)
                return;
            awakeOn = TimeProvider.System.GetTimestamp();
            new Thread(Look) { IsBackground = true, Name = "cairn standstills" }.Start();
        }
    }

    /// <summary>Is told nothing any more.</summary>
    public static void Leave(Action<TimeSpan> over)
    {
        lock (Turn)
            Listeners.Remove(over);
    }

    /// <summary>How long all of them took at least that have ended after an instant; one that has ended just now is among them, whoever is waked first.</summary>
    /// <param name="timestamp">The system clock's.</param>
    public static TimeSpan Since(long timestamp)
    {
        lock (Turn)
        {
            var length = Newest();
            for (var i = Past.Count - 1; i >= 0 && Past[i].EndedOn > timestamp; i--)
                length += Past[i].Length;
            return length;
        }
    }

    /// <summary>The time since an instant, without those.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="timestamp">The clock's, then.</param>
    public static TimeSpan GetRunningTime(this TimeProvider time, long timestamp)
    {
        var elapsed = time.GetElapsedTime(timestamp);
        return elapsed < Least || Since(timestamp) is var still && still == TimeSpan.Zero ? elapsed : elapsed > still ? elapsed - still : TimeSpan.Zero;
    }

    private static void Look()
    {
        while (true)
        {
            Thread.Sleep(Moment);
            Action<TimeSpan>[] listeners;
            TimeSpan length;
            lock (Turn)
            {
                (length, listeners) = (Newest(), [.. Listeners]);
                awakeOn = TimeProvider.System.GetTimestamp();
                if (length == TimeSpan.Zero)
                    continue;
                Past.Add((awakeOn.Value, length));
            }

            foreach (var over in listeners)
                over(length);
        }
    }

    private static TimeSpan Newest() => awakeOn is { } since && TimeProvider.System.GetElapsedTime(since) - Moment is var length && length > Least ? length : TimeSpan.Zero;
}
