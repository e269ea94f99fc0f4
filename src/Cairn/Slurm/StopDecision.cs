
namespace Cairn.Slurm;

/// <summary>What to do about a stop.</summary>
internal enum StopAction
{
    /// <summary>Put the job back in the queue.</summary>
    Requeue,

    /// <summary>Nothing: it is in the queue, or must not be, or cannot be.</summary>
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

/// <summary>What the user allows, and what the attempts so far forbid.</summary>
/// <param name="Mode">Who requeues.</param>
/// <param name="EvenIfPreemptionCancels">Whether to requeue although the partition cancels what it preempts.</param>
/// <param name="WhyNotAgain">Asked when the job would be requeued: why it must not be started once more; null when it may.</param>
internal sealed record RequeueRules(RequeueMode Mode, bool EvenIfPreemptionCancels, Func<StopCause, string?> WhyNotAgain);

/// <summary>What to do with a stopped run: a pure decision.</summary>
internal sealed record StopDecision(StopCause Cause, StopAction Action, int ExitCode, string Reason)
{
    /// <summary>Decides.</summary>
    /// <param name="job">This attempt of the job; null without Slurm.</param>
    /// <param name="received">Everything that was received, in its order; at least one.</param>
    /// <param name="status">Slurm's newest answer; null when there is none.</param>
    /// <param name="site">What is set up on the cluster.</param>
    /// <param name="now">The instant.</param>
    /// <param name="rules">What is allowed.</param>
    public static StopDecision Decide(
        SlurmJob? job, IReadOnlyList<Interruption> received, JobStatus? status, SlurmSite site, DateTimeOffset now, RequeueRules rules)
    {
        if (job is null)
            return WithoutSlurm(received, rules.Mode);
        var cause = StopCauses.Find(job, received, status, site, now);
        switch (cause)
        {
            case StopCause.Interrupted:
                return Leave(cause, ExitCodes.Interrupted, "stopped by Ctrl-C: start it again to go on");
            case StopCause.Requeued:
                return Leave(cause, ExitCodes.Success, "the job is back in the queue already");
            case StopCause.Cancelled:
                return Leave(cause, ExitCodes.Terminated, $"the job is {status!.State} by Slurm's word: not requeued");
            case StopCause.StopFile:
                return Leave(cause, ExitCodes.Terminated, "stopped by the stop file: not requeued; remove the file and start again to go on");
            case StopCause.Requested:
                return Leave(cause, ExitCodes.Terminated, "stopped because the program asked for it: not requeued; start it again to go on");
            case StopCause.PreemptedForGood when !rules.EvenIfPreemptionCancels:
                return Leave(cause, ExitCodes.Terminated, "preempted, and Slurm cancels the job for it (PreemptMode=CANCEL, or --no-requeue): not requeued (RequeueIfPreemptionCancels would)");
        }

        var why = InWords(cause, received);
        if (rules.Mode == RequeueMode.Never)
            return Leave(cause, ExitCodes.Terminated, why + ": not requeued, as the options say");
        if (status is { Batch: false })
            return Leave(cause, ExitCodes.RequeueFailed, why + ": an interactive allocation cannot be requeued; start the same program in a new one, and it goes on");
        if (rules.WhyNotAgain(cause) is { } refusal)
            return Leave(cause, ExitCodes.NeverRequeue, $"{why}: not requeued, because {refusal}");
        if (rules.Mode == RequeueMode.Wrapper)
            return new(cause, StopAction.ExitForWrapper, ExitCodes.RequeueMe, why + ": the wrapper requeues");

        // A blind requeue could bring a cancelled job back.
        return cause == StopCause.Unknown
            ? Leave(cause, ExitCodes.RequeueFailed, $"{why}, and the job may have been cancelled: not requeued; unless `scontrol show job {job.Id}` says so, to do it by hand: scontrol requeue {job.RequeueId}")
            : new(cause, StopAction.Requeue, ExitCodes.Success, $"{why}: requeueing job {job.RequeueId}");
    }

    private static string InWords(StopCause cause, IReadOnlyList<Interruption> received) => cause switch
    {
        StopCause.Warning => $"warned by {received[0].Signal ?? "Slurm"} before the end",
        StopCause.Deadline => "the job's end is near",
        StopCause.TimeLimit => "the time limit has passed",
        StopCause.Unknown => "Slurm does not say why",
        StopCause.RankLost => received.First(one => one.Kind == InterruptionKind.RankLost).Description,
        _ => "preempted",
    };

    private static StopDecision WithoutSlurm(IReadOnlyList<Interruption> received, RequeueMode mode)
    {
        var kind = received.Any(one => one.Kind == InterruptionKind.Interrupt) ? InterruptionKind.Interrupt : received[0].Kind;
        var cause = kind switch
        {
            InterruptionKind.Warning => StopCause.Warning,
            InterruptionKind.Deadline => StopCause.Deadline,
            InterruptionKind.StopFile => StopCause.StopFile,
            InterruptionKind.Interrupt => StopCause.Interrupted,
            InterruptionKind.Requested => StopCause.Requested,
            _ => StopCause.Terminated,
        };
        if (mode == RequeueMode.Wrapper && cause is StopCause.Warning or StopCause.Deadline)
            return new(cause, StopAction.ExitForWrapper, ExitCodes.RequeueMe, "warned: the wrapper requeues");
        return Leave(
            cause,
            cause == StopCause.Interrupted ? ExitCodes.Interrupted : ExitCodes.Terminated,
            "stopped, and there is no Slurm to requeue it: start it again to go on");
    }

    private static StopDecision Leave(StopCause cause, int exitCode, string reason) => new(cause, StopAction.Leave, exitCode, reason);
}
