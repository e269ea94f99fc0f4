namespace Cairn.Slurm;

/// <summary>What came of a requeue.</summary>
internal enum RequeueOutcome
{
    /// <summary>The job is back in the queue.</summary>
    Done,

    /// <summary>Somebody put it there before: another rank, an operator, a preemption. As good.</summary>
    AlreadyPending,

    /// <summary>Slurm refused.</summary>
    Refused,

    /// <summary>There is no scontrol here, or it cannot be started.</summary>
    NoScontrol,

    /// <summary>Slurm did not answer in time, or only with what may pass.</summary>
    NoAnswer,
}

/// <summary>What came of a requeue, and what Slurm said when it was not done.</summary>
internal sealed record RequeueAnswer(RequeueOutcome Outcome, string? Error)
{
    /// <summary>Whether the job may not be requeued at all (--no-requeue, JobRequeue=0).</summary>
    public bool IsForbidden => Outcome == RequeueOutcome.Refused && Error!.Contains("disabled", StringComparison.OrdinalIgnoreCase);

    public bool Succeeded => Outcome is RequeueOutcome.Done or RequeueOutcome.AlreadyPending;
}
