using Cairn.Timing;

namespace Cairn.Slurm;

/// <summary>How often something that Slurm has not answered is tried again: after 1, 2, 4, 8 and then every 10 seconds.</summary>
/// <param name="time">The clock.</param>
/// <param name="mostFor">How long altogether, from now on; asked anew each time, for the end of a job moves.</param>
internal sealed class Retries(TimeProvider time, Func<TimeSpan> mostFor)
{
    // Every job of the cluster asks again when a controller comes back: the longer it was away, the more gently.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private readonly long began = time.GetTimestamp();
    private TimeSpan next = TimeSpan.FromSeconds(1);

    /// <summary>Waits a while. Returns false at once when there is no time for another try.</summary>
    public bool Pause()
    {
        if (time.GetRunningTime(began) + next >= mostFor())
            return false;
        Thread.Sleep(next);
        next = next * 2 < LongestPause ? next * 2 : LongestPause;
        return true;
    }
}
