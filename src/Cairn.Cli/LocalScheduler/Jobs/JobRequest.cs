using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.LocalScheduler.Jobs;

/// <summary>What the job asks of the scheduler, and how the scheduler is set up for it.</summary>
internal sealed record JobRequest
{
    /// <summary>Wall time of an attempt; null for no limit.</summary>
    public TimeSpan? Limit { get; init; }

    /// <summary>The signal before the limit, if one was asked for.</summary>
    public WarningSignal? Warning { get; init; }

    /// <summary>Between TERM and KILL; Slurm's default is 30 s.</summary>
    public TimeSpan KillWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Between the begin of a preemption and its end; Slurm's default is 0, which requeues at once.</summary>
    public TimeSpan Grace { get; init; }

    /// <summary>PreemptMode=CANCEL: what is preempted does not come back.</summary>
    public bool PreemptionCancels { get; init; }

    /// <summary>preempt_send_user_signal: a preemption begins with the job's own warning, if it has one, instead of TERM.</summary>
    public bool PreemptsByWarning { get; init; }

    /// <summary>When attempts are preempted, counted from their start: the first value for the first attempt, and so on.</summary>
    public IReadOnlyList<TimeSpan> PreemptAfter { get; init; } = [];

    /// <summary>How long a requeued job waits; Slurm's default is about 120 s.</summary>
    public TimeSpan RequeueDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>After so many attempts the job is not begun again.</summary>
    public int MaxAttempts { get; init; } = 50;

    /// <summary>What the job ends with then.</summary>
    public int UsedUpCode { get; init; } = JobOutcome.AttemptsUsedUpCode;

    /// <summary>False for --no-requeue; the job's owner can switch it on while the job runs.</summary>
    public bool Requeueable { get; init; } = true;

    public SlurmRelease Release { get; init; } = SlurmRelease.Slurm24;
}
