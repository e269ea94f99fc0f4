using Cairn.Interruptions;

namespace Cairn.Slurm;

/// <summary>Why the run was stopped, as far as it can be told.</summary>
internal enum StopCause
{
    /// <summary>The warning before the limit, or one that somebody sent.</summary>
    Warning,

    /// <summary>The job's own deadline came near; no signal was needed.</summary>
    Deadline,

    /// <summary>The limit has passed.</summary>
    TimeLimit,

    /// <summary>A preemption.</summary>
    Preempted,

    /// <summary>Requeued by somebody else already: a failed node, an operator, another rank.</summary>
    Requeued,

    /// <summary>Cancelled.</summary>
    Cancelled,

    /// <summary>A person pressed Ctrl-C.</summary>
    Interrupted,

    /// <summary>A TERM whose sender is unknown.</summary>
    Terminated,

    /// <summary>The stop file.</summary>
    StopFile,
}

/// <summary>What to do about it.</summary>
internal enum StopAction
{
    /// <summary>Put the job back in the queue.</summary>
    Requeue,

    /// <summary>Nothing: it is in the queue, or must not be.</summary>
    Leave,

    /// <summary>Leave it to the wrapper, by exit code.</summary>
    ExitForWrapper,
}

/// <summary>Who requeues.</summary>
internal enum RequeueMode
{
    /// <summary>The program itself.</summary>
    Self,

    /// <summary>A wrapper around it (<c>CAIRN_REQUEUE=wrapper</c>).</summary>
    Wrapper,

    /// <summary>Nobody.</summary>
    Never,
}

/// <summary>What to do with a stopped run: a pure decision, in the order of the first that fits (docs/architecture.md).</summary>
internal sealed record StopDecision(StopCause Cause, StopAction Action, int ExitCode, string Reason)
{
    /// <summary>Decides.</summary>
    /// <param name="job">The job; null without Slurm.</param>
    /// <param name="first">What came first.</param>
    /// <param name="latest">What came last.</param>
    /// <param name="atSignal">What Slurm said when the first came; null when it was not asked or did not answer.</param>
    /// <param name="afterSave">What Slurm says now; null when it does not answer.</param>
    /// <param name="mode">Who requeues.</param>
    public static StopDecision Decide(SlurmJob? job, Interruption first, Interruption latest, JobStatus? atSignal, JobStatus? afterSave, RequeueMode mode)
    {
        if (first.Kind == InterruptionKind.Interrupt || latest.Kind == InterruptionKind.Interrupt)
            return Leave(StopCause.Interrupted, ExitCodes.Interrupted, "stopped by Ctrl-C: start it again to go on");
        if (job is null)
            return WithoutSlurm(first, mode);

        // What Slurm says now is nearer the truth than what it said then: a job can be cancelled in the middle of the save.
        var (cause, why) = CauseOf(job, first, latest, afterSave ?? atSignal);
        return cause switch
        {
            StopCause.Requeued => Leave(cause, ExitCodes.Success, why),
            StopCause.Cancelled or StopCause.Terminated => Leave(cause, ExitCodes.Terminated, why + ": not requeued"),
            StopCause.StopFile => Leave(cause, ExitCodes.Terminated, why + ": not requeued; remove the file and start again to go on"),
            _ when mode == RequeueMode.Never => Leave(cause, ExitCodes.Terminated, why + ": not requeued, as the options say"),
            _ when mode == RequeueMode.Wrapper => new(cause, StopAction.ExitForWrapper, ExitCodes.RequeueMe, why + ": the wrapper requeues"),
            _ => new(cause, StopAction.Requeue, ExitCodes.Success, $"{why}: requeueing job {job.RequeueId}"),
        };
    }

    private static (StopCause Cause, string Why) CauseOf(SlurmJob job, Interruption first, Interruption latest, JobStatus? status)
    {
        if (status is not null)
        {
            if (status.Restarts > job.Restarts || status.State == "PENDING")
                return (StopCause.Requeued, "the job is back in the queue already");
            if (status.Reason == "TimeLimit" || status.State == "TIMEOUT")
                return (StopCause.TimeLimit, "the time limit has passed");
            if (status.PreemptTime is not null)
                return status.State == "COMPLETING" ? (StopCause.Cancelled, "preempted by a partition that cancels") : (StopCause.Preempted, "preempted");
            if (status.State is "COMPLETING" or "CANCELLED" or "COMPLETED" or "FAILED" or "NODE_FAIL")
                return (StopCause.Cancelled, "cancelled");
        }

        if (first.Kind == InterruptionKind.StopFile)
            return (StopCause.StopFile, "stopped by the stop file");
        if (first.Kind == InterruptionKind.Terminate)
            return (StopCause.Terminated, status is null ? "stopped by TERM, and Slurm does not say why" : "stopped by TERM, which was not Slurm's limit or preemption");
        return first.Kind == InterruptionKind.Deadline
            ? (StopCause.Deadline, "the job's end is near")
            : (StopCause.Warning, latest.Kind == InterruptionKind.Terminate ? "warned, then TERM" : "warned before the end");
    }

    private static StopDecision WithoutSlurm(Interruption first, RequeueMode mode)
    {
        if (mode == RequeueMode.Wrapper && first.Kind is InterruptionKind.Warning or InterruptionKind.Deadline)
            return new(StopCause.Warning, StopAction.ExitForWrapper, ExitCodes.RequeueMe, "warned: the wrapper requeues");
        var cause = first.Kind switch
        {
            InterruptionKind.Warning => StopCause.Warning,
            InterruptionKind.Deadline => StopCause.Deadline,
            InterruptionKind.StopFile => StopCause.StopFile,
            _ => StopCause.Terminated,
        };
        return Leave(cause, ExitCodes.Terminated, "stopped, and there is no Slurm to requeue it: start it again to go on");
    }

    private static StopDecision Leave(StopCause cause, int exitCode, string reason) => new(cause, StopAction.Leave, exitCode, reason);
}
