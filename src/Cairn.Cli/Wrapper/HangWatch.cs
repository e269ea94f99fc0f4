using Cairn.Timing;

namespace Cairn.Cli.Wrapper;

/// <summary>A hang: nothing new or changed in the checkpoint folder for so long, the time of a suspended job not counted.</summary>
internal sealed class HangWatch(TimeSpan timeout, TimeProvider time)
{
    private static readonly TimeSpan MostOften = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeastOften = TimeSpan.FromMinutes(1);

    private FolderProgress? _seen;
    private long _changedOn = time.GetTimestamp();

    /// <summary>How often to look.</summary>
    public static TimeSpan Interval(TimeSpan timeout) => timeout / 10 is var part && part < MostOften ? MostOften : part > LeastOften ? LeastOften : part;

    /// <summary>Takes in what was seen, and says whether it hangs.</summary>
    public bool IsHang(FolderProgress now)
    {
        if (_seen is null || now.IsBeyond(_seen) != false)
            (_seen, _changedOn) = (now, time.GetTimestamp());
        return time.GetRunningTime(_changedOn) >= timeout;
    }
}
