using Cairn.Attempts;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>
/// For the ranks that do not decide: when rank 0 stops, they do, too. A signal may have reached rank 0 alone; and a step whose
/// other tasks train on, or wait for rank 0 in a collective operation, would never end.
/// </summary>
internal sealed class FirstRankWatch(RunContext context, FirstRank firstRank, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    // A rank that waits for one that is gone comes to no boundary any more. One that is finished is not missed by anybody.
    private static readonly TimeSpan ToLeave = TimeSpan.FromMinutes(1);
    private long? looked;
    private long? stuckSince;
    private long? stepsThen;

    /// <summary>Whether rank 0 is gone and no step boundary has come since, for long enough.</summary>
    /// <param name="isGone">Rank 0 has ended, and not by finishing.</param>
    /// <param name="stepsDone">Completed steps of this rank.</param>
    /// <param name="now">The instant, by the clock that never jumps.</param>
    public bool IsStuck(bool isGone, long stepsDone, long now)
    {
        if (!isGone)
            return false;
        if (stuckSince is null || stepsThen != stepsDone)
            (stepsThen, stuckSince) = (stepsDone, now);
        return time.GetElapsedTime(stuckSince.Value, now) >= ToLeave;
    }

    /// <summary>Looks when it is time for it.</summary>
    /// <param name="stepsDone">Completed steps of this rank.</param>
    public void Check(long stepsDone)
    {
        if (looked is { } before && time.GetElapsedTime(before) < Interval)
            return;
        looked = time.GetTimestamp();
        var story = firstRank.Story();
        if (FirstRank.IsStopping(story) && !context.Watch.StopRequested)
            context.Watch.Raise(new Interruption(InterruptionKind.FirstRank, context.Now, "rank 0 stops", null));
        if (!IsStuck(story.Ended && story.Finished is null, stepsDone, looked.Value))
            return;
        context.Log.LogWarning(LogEvents.FirstRankGone, "rank 0 has ended, and this rank came to no step boundary after step {Step} for {Time}: ended here", stepsDone, Duration.Words(ToLeave));
        ProcessEnd.Now(ExitCodes.Success);
    }
}
