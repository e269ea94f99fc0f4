using Cairn.Cli.Processes;
using Cairn.Posix;

namespace Cairn.Cli.LocalScheduler.Jobs;

/// <summary>What is known of an attempt when the last of its processes is gone.</summary>
/// <param name="Cause">What stopped it.</param>
/// <param name="Requeued">The job is in the queue again.</param>
/// <param name="Warned">The warning had come.</param>
/// <param name="PreemptionOver">The preemption went to its end: the grace was over, or there was none.</param>
/// <param name="MainEnd">How the batch shell or the tasks ended; null when they were killed with everything else.</param>
internal sealed record AttemptFacts(StopCause Cause, bool Requeued, bool Warned, bool PreemptionOver, ProcessEnd? MainEnd);

/// <summary>How an attempt is said to have ended, and what becomes of the job.</summary>
/// <param name="Ending">Why the attempt ended.</param>
/// <param name="Outcome">The end of the job; null when it begins again.</param>
internal sealed record Verdict(AttemptEnding Ending, JobOutcome? Outcome)
{
    /// <summary>The verdict on an attempt.</summary>
    /// <param name="facts">The attempt.</param>
    /// <param name="leavingEarlyRequeues">Who leaves a preemption's grace without a requeue of its own is requeued.</param>
    /// <param name="onceMoreWhenFinished">Slurm owes the job a further attempt, which it gives when the job finishes.</param>
    /// <param name="cancelCode">What a cancelled job ends with.</param>
    public static Verdict On(AttemptFacts facts, bool leavingEarlyRequeues, bool onceMoreWhenFinished, int cancelCode)
    {
        if (facts.Requeued)
            return new(Requeued(facts), null);
        var finished = facts.MainEnd is { ShellCode: 0 };
        var ended = new JobOutcome(finished ? JobState.Completed : JobState.Failed, facts.MainEnd?.ShellCode ?? 128 + SignalName.Kill);
        return facts.Cause switch
        {
            StopCause.Cancelled => new(AttemptEnding.Cancelled, new(JobState.Cancelled, cancelCode)),
            StopCause.Limit => new(AttemptEnding.Limit, new(JobState.Timeout, JobOutcome.TimeoutCode)),
            StopCause.NodeFailed => new(AttemptEnding.NodeFailed, new(JobState.NodeFail, JobOutcome.CancelledCode)),
            StopCause.Preemption when facts.PreemptionOver => new(AttemptEnding.Preempted, new(JobState.Preempted, JobOutcome.CancelledCode)),
            StopCause.Preemption when leavingEarlyRequeues => new(AttemptEnding.Preempted, null),
            StopCause.Preemption => new(AttemptEnding.PreemptedAndLost, ended),
            _ when finished && onceMoreWhenFinished => new(AttemptEnding.RequeuedOnceMore, null),
            _ => new(finished ? AttemptEnding.Finished : AttemptEnding.Failed, ended),
        };
    }

    private static AttemptEnding Requeued(AttemptFacts facts) => facts.Cause switch
    {
        StopCause.Preemption => facts.PreemptionOver ? AttemptEnding.Preempted : AttemptEnding.PreemptedAndRequeued,
        StopCause.Limit => AttemptEnding.LimitRequeued,
        StopCause.NodeFailed => AttemptEnding.NodeFailed,
        StopCause.None when facts.Warned => AttemptEnding.RequeuedAfterWarning,
        _ => AttemptEnding.Requeued,
    };
}
