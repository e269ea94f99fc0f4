namespace Cairn.Cli.Wrapper;

/// <summary>A hang: nothing new or changed in the checkpoint folder for so long.</summary>
internal sealed class HangWatch
{
    private static readonly TimeSpan MostOften = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeastOften = TimeSpan.FromMinutes(1);

    private readonly string _folder;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private FolderProgress _seen;
    private long _changedOn;

    public HangWatch(string folder, TimeSpan timeout, TimeProvider time)
    {
        (_folder, _timeout, _time) = (folder, timeout, time);
        _seen = FolderProgress.Of(folder, FolderProgress.Patience);
        _changedOn = time.GetTimestamp();
        var part = timeout / 10;
        Interval = part < MostOften ? MostOften : part > LeastOften ? LeastOften : part;
    }

    /// <summary>How often to look.</summary>
    public TimeSpan Interval { get; }

    /// <summary>Looks, and says whether it hangs.</summary>
    public bool Look()
    {
        var now = FolderProgress.Of(_folder, FolderProgress.Patience);
        if (now != _seen || !now.IsWhole)
            (_seen, _changedOn) = (now, _time.GetTimestamp());
        return _time.GetElapsedTime(_changedOn) >= _timeout;
    }
}
