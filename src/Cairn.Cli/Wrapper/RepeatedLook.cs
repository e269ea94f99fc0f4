using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Wrapper;

/// <summary>A look at files that is taken again and again, aside and one at a time: where it hangs, all else goes on.</summary>
/// <param name="what">What is looked at, for the sentence about a look that hangs.</param>
/// <param name="look">Looks; does not throw.</param>
/// <param name="saw">Is handed what was seen, by the worker.</param>
/// <param name="interval">From the end of one look to the next.</param>
/// <param name="aside">Looks.</param>
/// <param name="inbox">The worker's.</param>
/// <param name="time">The clock.</param>
internal sealed class RepeatedLook<T>(string what, Func<T> look, Action<T> saw, TimeSpan interval, Aside aside, Inbox inbox, TimeProvider time)
{
    private static readonly TimeSpan Hanging = TimeSpan.FromMinutes(1);

    private long _since = time.GetTimestamp();
    private bool _isLooking;
    private bool _hasSaid;

    /// <summary>How long until there is something to do.</summary>
    public TimeSpan Left => _isLooking ? (_hasSaid ? Hanging : Hanging - time.GetElapsedTime(_since)) : interval - time.GetElapsedTime(_since);

    /// <summary>Looks when it is time to.</summary>
    public void TimePasses()
    {
        if (Left > TimeSpan.Zero)
            return;
        if (!_isLooking)
        {
            (_isLooking, _since) = (true, time.GetTimestamp());
            aside.Begin(() =>
            {
                var seen = look();
                inbox.Post(() => Saw(seen));
            });
        }
        else if (!_hasSaid)
        {
            _hasSaid = true;
            Words.Say($"warning: {what} cannot be looked at, for its file system has not answered for {Durations.Format(Hanging)}; all else goes on");
        }
    }

    private void Saw(T seen)
    {
        (_isLooking, _hasSaid, _since) = (false, false, time.GetTimestamp());
        saw(seen);
    }
}
