using Cairn.Cli.Processes;

namespace Cairn.Cli.LocalScheduler.Jobs;

// What Slurm says of the job at any time. What has happened to it is in Job.cs.
internal sealed partial class Job
{
    /// <summary>How often the job was requeued; SLURM_RESTART_COUNT of the attempt that runs or comes next.</summary>
    public int Restarts { get; private set; }

    public bool Requeueable { get; private set; } = request.Requeueable;

    public TimeSpan? Limit { get; private set; } = request.Limit;

    /// <summary>When the attempt began; of a job that is requeued, when the next one does.</summary>
    public DateTimeOffset? StartTime => IsWaiting ? _beginAt : _requeuedAt ?? _times?.Start;

    /// <summary>When the attempt is to end, or did: by its limit, or earlier by a preemption. Null without a limit.</summary>
    public DateTimeOffset? EndTime => IsWaiting || _requeuedAt is not null ? StartTime + Limit : _times?.End;

    /// <summary>The same as scontrol shows it: a job whose limit was lifted ends a year after its start.</summary>
    public DateTimeOffset? ShownEndTime => EndTime ?? (Limit is null && request.Limit is not null ? StartTime + TimeSpan.FromDays(365) : null);

    public DateTimeOffset? PreemptTime => IsWaiting ? null : _times?.PreemptTime;

    /// <summary>When the attempt was suspended or resumed last.</summary>
    public DateTimeOffset? SuspendTime => IsWaiting ? null : _times?.SuspendTime;

    public TimeSpan RanBeforeSuspend => IsWaiting ? TimeSpan.Zero : _times?.RanBeforeSuspend ?? TimeSpan.Zero;

    /// <summary>How long the attempt has run; suspended time does not count.</summary>
    public TimeSpan RunTime => IsWaiting || _requeuedAt is not null ? TimeSpan.Zero : _times?.RunTime(Now) ?? TimeSpan.Zero;

    /// <summary>When nothing can be saved any more: the end, or the KILL once TERM was sent.</summary>
    public DateTimeOffset? Deadline => _killAt ?? EndTime;

    /// <summary>What asks the attempt to stop: "warning", "limit", "preemption", "cancelled", "node_failure" or "requeue"; null if nothing does.</summary>
    public string? StopRequest => _cause switch
    {
        StopCause.Limit => "limit",
        StopCause.Preemption => "preemption",
        StopCause.Cancelled => "cancelled",
        StopCause.NodeFailed => "node_failure",
        _ when _requeuedAt is not null => "requeue",
        _ => _times is { Warned: true } ? "warning" : null,
    };

    /// <summary>Set at the end of the job.</summary>
    public JobOutcome? Outcome { get; private set; }

    public IReadOnlyList<AttemptRecord> Attempts => _attempts;

    /// <summary>The attempt that runs, or the last one; from 1.</summary>
    public int Attempt => _attempts.Count + (_phase is Phase.Waiting or Phase.Over && _times is not null ? 0 : 1);

    public bool IsWaiting => _phase == Phase.Waiting;

    /// <summary>New steps may begin.</summary>
    public bool TakesSteps => _phase == Phase.Running;

    public JobState State => _phase switch
    {
        Phase.Over => Outcome!.State,
        Phase.Waiting => JobState.Pending,
        Phase.Running => _times!.IsSuspended ? JobState.Suspended : JobState.Running,
        // Whatever still runs there: the job is no longer on that node.
        _ when _cause == StopCause.NodeFailed => _requeuedAt is null ? JobState.NodeFail : JobState.Pending,
        _ => JobState.Completing,
    };

    /// <summary>Why it is in that state, in Slurm's word.</summary>
    public string Reason => IsWaiting ? "BeginTime" : _reason;

    /// <summary>How the batch shell or the tasks ended, as far as they have.</summary>
    public ProcessEnd ExitStatus => IsWaiting || _requeuedAt is not null ? default : _mainEnd ?? default;

    /// <summary>When <see cref="TimePasses"/> has something to do; null when only an event can.</summary>
    public DateTimeOffset? NextInstant => _phase switch
    {
        Phase.Waiting => _beginAt,
        Phase.Running => _freezeAt ?? _times!.Next,
        Phase.Stopping => _killAt,
        _ => null,
    };

    // COMPLETING, and not on its way back into the queue.
    private bool IsEnding => _phase is Phase.Stopping or Phase.Killing or Phase.Over && _requeuedAt is null;
}
