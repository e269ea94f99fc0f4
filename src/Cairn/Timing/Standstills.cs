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
    private static readonly List<(long Within, TimeSpan Length)> Past = [];
    private static readonly List<Action> Listeners = [];
    private static long? awakeOn; // null until somebody wants to know

    /// <summary>Begins to watch, where nobody has before.</summary>
    /// <param name="over">Called a moment after the end of each, by the thread that watches.</param>
    /// <exception cref="OutOfMemoryException">No thread can be started.</exception>
    public static void Watch(Action over)
    {
        lock (Turn)
        {
            if (awakeOn is null)
                new Thread(Look) { IsBackground = true, Name = "cairn standstills" }.Start();
            awakeOn ??= TimeProvider.System.GetTimestamp();
            Listeners.Add(over);
        }
    }

    /// <summary>Is told nothing any more.</summary>
    public static void Leave(Action over)
    {
        lock (Turn)
            Listeners.Remove(over);
    }

    /// <summary>How long all of them took at least that have come after an instant; one that has ended just now is among them, whoever is waked first.</summary>
    /// <param name="timestamp">The system clock's.</param>
    public static TimeSpan Since(long timestamp) => Total(timestamp, TimeSpan.Zero);

    /// <summary>The time since an instant, without those: at most a moment less for each, so that nothing of one counts.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="timestamp">The clock's, then.</param>
    public static TimeSpan GetRunningTime(this TimeProvider time, long timestamp)
    {
        var elapsed = time.GetElapsedTime(timestamp);
        return elapsed < Least || Total(timestamp, Moment) is var still && still == TimeSpan.Zero ? elapsed : elapsed > still ? elapsed - still : TimeSpan.Zero;
    }

    // When in its moment of sleep the thread was stopped it cannot know: each took up to a moment more.
    private static TimeSpan Total(long timestamp, TimeSpan more)
    {
        lock (Turn)
        {
            // No instant lies within one: it is before all of it, or behind.
            var (within, length) = Newest();
            var total = within > timestamp && length > TimeSpan.Zero ? length + more : TimeSpan.Zero;
            for (var i = Past.Count - 1; i >= 0 && Past[i].Within > timestamp; i--)
                total += Past[i].Length + more;
            return total;
        }
    }

    private static void Look()
    {
        while (true)
        {
            Thread.Sleep(Moment);
            Action[] listeners;
            lock (Turn)
            {
                var newest = Newest();
                awakeOn = TimeProvider.System.GetTimestamp();
                if (newest.Length == TimeSpan.Zero)
                    continue;
                Past.Add(newest);
                listeners = [.. Listeners];
            }

            foreach (var over in listeners)
                over();
        }
    }

    // An instant in the middle of it, and its length; zero where there is none that the thread has not seen yet.
    private static (long Within, TimeSpan Length) Newest()
    {
        var now = TimeProvider.System.GetTimestamp();
        var length = TimeProvider.System.GetElapsedTime(awakeOn ?? now, now) - Moment;
        return length > Least ? (now - ((now - awakeOn!.Value) / 2), length) : (now, TimeSpan.Zero);
    }
}
