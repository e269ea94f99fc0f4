namespace Cairn.Attempts;

/// <summary>
/// Sets the time of the attempt's journal anew, every so often, while the process lives: for the other ranks, which may have to
/// wait for hours while this one restores or does its last work, and must not wait for one that is dead; and for an attempt on
/// another machine that would take over (<see cref="SignOfLife"/>).
/// </summary>
internal sealed class Heartbeat(AttemptClaim claim, TimeProvider time)
{
    /// <summary>How often.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private long? last;

    /// <summary>Beats when it is time for it.</summary>
    public void BeatWhenDue()
    {
        if (last is { } before && time.GetElapsedTime(before) < Interval)
            return;
        last = time.GetTimestamp();
        claim.Journal.Touch(time.GetUtcNow());
    }
}
