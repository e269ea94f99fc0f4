using Cairn.Attempts;
using Cairn.Interruptions;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>
/// For the ranks that do not decide: when rank 0 stops, they do, too. A signal may have reached rank 0 alone; and a step whose
/// other tasks train on, or wait for rank 0 in a collective operation, would never end.
/// </summary>
internal sealed class FirstRankWatch(RunContext context, FirstRank firstRank)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    // A rank that waits for one that is gone comes to no boundary any more.
    private static readonly TimeSpan ToLeave = TimeSpan.FromMinutes(1);
    private long? looked;
    private long? goneSince;

    /// <summary>Looks when it is time for it.</summary>
    /// <param name="stepsDone">Completed steps of this rank.</param>
    public void Look(long stepsDone)
    {
        if (looked is { } before && context.Time.GetElapsedTime(before) < Interval)
            return;
        looked = context.Time.GetTimestamp();
        var story = firstRank.Look();
        if (FirstRank.IsStopping(story) && !context.Watch.StopRequested)
            context.Watch.Raise(new Interruption(InterruptionKind.FirstRank, context.Now, "rank 0 stops", null));
        if (!story.Ended)
            return;
        goneSince ??= looked;
        if (context.Time.GetElapsedTime(goneSince.Value) < ToLeave)
            return;
        context.Log.LogWarning("rank 0 has ended, and this rank came to no step boundary after step {Step} for {Time}: ended here", stepsDone, Duration.Words(ToLeave));
        ProcessEnd.Now(ExitCodes.Success);
    }
}
