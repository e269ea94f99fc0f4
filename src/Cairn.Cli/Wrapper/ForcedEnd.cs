using Cairn.Posix;
using Cairn.Timing;

namespace Cairn.Cli.Wrapper;

/// <summary>How a program is ended that was warned and does not stop, where Slurm would not: TERM after the lead, then KILL.</summary>
internal sealed class ForcedEnd(TimeSpan lead, TimeSpan killWait, TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();
    private bool _termed;

    /// <summary>How long until the next move.</summary>
    public TimeSpan Left => (_termed ? lead + killWait : lead) - time.GetRunningTime(_began);

    /// <summary>The signal that is due; null while none is.</summary>
    public int? Due()
    {
        if (Left > TimeSpan.Zero)
            return null;
        var signal = _termed ? SignalName.Kill : SignalName.Term;
        _termed = true;
        return signal;
    }
}
