using Cairn.Cli.Processes;

namespace Cairn.Cli.LocalScheduler.Jobs;

/// <summary>Why an attempt ended.</summary>
internal enum AttemptEnding
{
    Finished,
    Failed,
    RequeuedAfterWarning,
    Requeued,
    Limit,
    LimitRequeued,
    Preempted,
    PreemptedAndRequeued,
    PreemptedAndLost,
    Cancelled,
    RequeuedOnceMore,
    NodeFailed,
}

/// <summary>One life of the job, as the table at the end shows it.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Started">When its processes were started.</param>
/// <param name="Ran">Until the last of its processes was gone.</param>
/// <param name="Ending">Why it ended.</param>
/// <param name="Exit">How the batch shell or the tasks ended; null when they were killed with the attempt.</param>
internal sealed record AttemptRecord(int Number, DateTimeOffset Started, TimeSpan Ran, AttemptEnding Ending, ProcessEnd? Exit);

internal static class AttemptEndings
{
    public static string Text(this AttemptEnding ending) => ending switch
    {
        AttemptEnding.Finished => "finished",
        AttemptEnding.Failed => "failed",
        AttemptEnding.RequeuedAfterWarning => "requeued after the warning",
        AttemptEnding.Requeued => "requeued",
        AttemptEnding.Limit => "limit",
        AttemptEnding.LimitRequeued => "limit, requeued before the kill",
        AttemptEnding.Preempted => "preempted",
        AttemptEnding.PreemptedAndRequeued => "preempted, requeued within the grace",
        AttemptEnding.PreemptedAndLost => "preempted, left without requeue: lost",
        AttemptEnding.Cancelled => "cancelled",
        AttemptEnding.NodeFailed => "its node failed",
        _ => "finished, then requeued once more by the preemption before",
    };
}
