using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.LocalScheduler.Jobs;

/// <summary>
/// A job as Slurm runs it, from its first start to its end: told what happens, it says what to do. It starts and signals
/// nothing itself, and all its time comes from <paramref name="time"/>. Not safe for several threads.
/// </summary>
/// <remarks>
/// Call <see cref="Submit"/> first. Each method but the queries may add actions; carry them out in their order
/// (<see cref="TakeActions"/>), and call <see cref="TimePasses"/> at <see cref="NextInstant"/>.
/// </remarks>
internal sealed class Job(JobRequest request, TimeProvider time)
{
    private readonly List<JobAction> _actions = [];
    private readonly List<AttemptRecord> _attempts = [];
    private Phase _phase = Phase.Waiting;
    private StopCause _cause;
    private DateTimeOffset _beginAt;
    private DateTimeOffset? _limitEnd;
    private DateTimeOffset? _killAt;
    private DateTimeOffset? _suspendedAt;
    private bool _nodeFailed;
    private bool _warned;
    private bool _requeued;
    private bool _graceEnded;
    private bool _livedThroughGrace;
    private ProcessEnd? _mainEnd;
    private int _cancelCode;

    private enum Phase
    {
        Waiting,
        Running,
        Stopping,
        Killing,
        Over,
    }

    private enum StopCause
    {
        None,
        Limit,
        Preemption,
        Cancelled,
    }

    /// <summary>How often the job was requeued; SLURM_RESTART_COUNT of the attempt that runs or comes next.</summary>
    public int Restarts { get; private set; }

    public bool Requeueable { get; private set; } = request.Requeueable;

    public TimeSpan? Limit { get; private set; } = request.Limit;

    /// <summary>When the attempt began; null while the first one waits.</summary>
    public DateTimeOffset? StartTime { get; private set; }

    /// <summary>When the attempt is to end: by its limit, or earlier by a preemption. Null without a limit.</summary>
    public DateTimeOffset? EndTime { get; private set; }

    public DateTimeOffset? PreemptTime { get; private set; }

    /// <summary>When it was suspended, or resumed after that; null when it never was.</summary>
    public DateTimeOffset? SuspendTime { get; private set; }

    /// <summary>When nothing can be saved any more: the end, or the KILL once TERM was sent.</summary>
    public DateTimeOffset? Deadline => _killAt ?? EndTime;

    /// <summary>What asks the attempt to stop: "warning", "limit", "preemption", "cancelled" or "requeue"; null if nothing does.</summary>
    public string? StopRequest => _cause switch
    {
        StopCause.Limit => "limit",
        StopCause.Preemption => "preemption",
        StopCause.Cancelled => "cancelled",
        _ when _requeued => "requeue",
        _ => _warned ? "warning" : null,
    };

    /// <summary>Set at the end of the job.</summary>
    public JobOutcome? Outcome { get; private set; }

    public IReadOnlyList<AttemptRecord> Attempts => _attempts;

    /// <summary>The attempt that runs, or the last one; from 1.</summary>
    public int Attempt => _attempts.Count + (_phase is Phase.Waiting or Phase.Over && StartTime is not null ? 0 : 1);

    public bool IsWaiting => _phase == Phase.Waiting;

    /// <summary>New steps may begin.</summary>
    public bool TakesSteps => _phase == Phase.Running && _suspendedAt is null;

    public JobState State => _phase switch
    {
        Phase.Over => Outcome!.State,
        Phase.Waiting => JobState.Pending,
        _ when _requeued && _nodeFailed => JobState.Pending,
        Phase.Running when _suspendedAt is not null => JobState.Suspended,
        Phase.Running => JobState.Running,
        _ => JobState.Completing,
    };

    public string Reason => State switch
    {
        JobState.Pending => "BeginTime",
        JobState.Completing or JobState.Timeout when _cause == StopCause.Limit => "TimeLimit",
        _ => "None",
    };

    /// <summary>When <see cref="TimePasses"/> has something to do; null when only an event can.</summary>
    public DateTimeOffset? NextInstant => _phase switch
    {
        Phase.Waiting => _beginAt,
        Phase.Running when _suspendedAt is not null => null,
        Phase.Running => Earliest(WarnAt, PreemptAt, EndTime),
        Phase.Stopping => _killAt,
        _ => null,
    };

    private DateTimeOffset Now => time.GetUtcNow();

    // A preemption pulls the end in; a warning that has not come by then does not come any more.
    private DateTimeOffset? WarnAt => _warned || PreemptTime is not null ? null : EndTime - request.Warning?.Lead;

    private DateTimeOffset? PreemptAt =>
        PreemptTime is null && Attempt <= request.PreemptAfter.Count ? StartTime + request.PreemptAfter[Attempt - 1] : null;

    public IReadOnlyList<JobAction> TakeActions()
    {
        JobAction[] taken = [.. _actions];
        _actions.Clear();
        return taken;
    }

    public void Submit()
    {
        _beginAt = Now;
        TimePasses();
    }

    public void TimePasses()
    {
        var now = Now;
        if (_phase == Phase.Waiting && now >= _beginAt)
            BeginAttempt(now);
        if (TakesSteps && now >= WarnAt)
            Warn();
        if (TakesSteps && now >= PreemptAt)
            Preempt();
        if (TakesSteps && now >= EndTime)
            ReachEnd(now);
        if (_phase == Phase.Stopping && now >= _killAt)
            KillAll();
    }

    /// <summary>The batch shell, or without one all tasks, ended.</summary>
    /// <param name="end">How.</param>
    /// <param name="tasksAlive">Tasks of a step are still there.</param>
    public void MainEnded(ProcessEnd end, bool tasksAlive)
    {
        if (_phase is not (Phase.Running or Phase.Stopping) || _mainEnd is not null)
            return;
        _mainEnd = end;
        if (!tasksAlive)
        {
            KillAll();
            return;
        }

        // The batch shell's own children die with it; its steps are asked first, as at the end of any job.
        _actions.Add(new JobAction.KillBatchLeftovers());
        if (_phase == Phase.Running)
            Stop(Audience.Tasks);
    }

    /// <summary>The last task of the last step ended.</summary>
    public void TasksEnded()
    {
        if (_phase is Phase.Running or Phase.Stopping && _mainEnd is not null)
            KillAll();
    }

    /// <summary>No process of the attempt is left.</summary>
    public void AllGone()
    {
        if (_phase != Phase.Killing)
            return;
        var now = Now;
        var (ending, outcome) = Judge();
        _attempts.Add(new(_attempts.Count + 1, StartTime!.Value, now - StartTime.Value, ending, _mainEnd));
        _livedThroughGrace = _graceEnded && request.Release == SlurmRelease.Slurm24;
        if (outcome is null && _attempts.Count >= request.MaxAttempts)
        {
            outcome = new(JobState.Pending, JobOutcome.AttemptsUsedUpCode);
            Say($"{_attempts.Count} attempts were made, as many as --max-attempts allows; the job is not begun again");
        }

        if (outcome is not null)
        {
            Outcome = outcome;
            _phase = Phase.Over;
            return;
        }

        if (!_requeued)
            Restarts++;
        _requeued = true;
        _phase = Phase.Waiting;
        _beginAt = now + request.RequeueDelay;
        EndTime = PreemptTime = null;
    }

    /// <summary><c>scontrol requeue</c>. Returns Slurm's words when it refuses.</summary>
    public string? Requeue()
    {
        if (_phase == Phase.Over)
            return "Invalid job id specified";
        if (_phase == Phase.Waiting || _requeued)
            return "Job is pending execution";
        if (!Requeueable)
            return "Requested operation is presently disabled";
        Thaw();
        Restarts++;
        _requeued = true;
        if (_phase == Phase.Running)
            Stop(Audience.BatchShell | Audience.Tasks);
        return null;
    }

    /// <summary>A job of higher priority wants the node.</summary>
    public void PreemptNow()
    {
        if (TakesSteps && PreemptTime is null)
            Preempt();
    }

    /// <summary>The node fails: the job is back in the queue at once, or at its end when it may not be requeued.</summary>
    public void FailNode()
    {
        if (_phase is not (Phase.Running or Phase.Stopping) || _requeued)
            return;
        Thaw();
        _nodeFailed = true;
        EndTime = Now;
        Say("the node is set down");
        if (Requeueable)
        {
            Restarts++;
            _requeued = true;
        }

        if (_phase == Phase.Running)
            Stop(Audience.BatchShell | Audience.Tasks);
    }

    /// <summary><c>scontrol suspend</c>. Returns Slurm's words when it refuses.</summary>
    public string? Suspend()
    {
        if (!TakesSteps)
            return _suspendedAt is null ? "Job is pending execution" : "Job is already suspended";
        _suspendedAt = SuspendTime = Now;
        Say("suspended");
        _actions.Add(new JobAction.Freeze(On: true));
        return null;
    }

    /// <summary><c>scontrol resume</c>: the time of the suspension does not count. Returns Slurm's words when it refuses.</summary>
    public string? Resume()
    {
        if (_suspendedAt is not { } since)
            return "Job is not suspended";
        var length = Now - since;
        Thaw();
        EndTime += length;
        _limitEnd += length;
        Say($"resumed; the end is {Durations.Format(length)} later");
        return null;
    }

    /// <summary><c>scancel</c>, or Ctrl-C: CONT and TERM to all, KILL after KillWait.</summary>
    /// <param name="exitCode">What the job ends with.</param>
    /// <param name="atOnce">KILL without KillWait.</param>
    public void Cancel(int exitCode, bool atOnce = false)
    {
        if (_phase == Phase.Over)
            return;
        var again = _cause == StopCause.Cancelled;
        _cancelCode = again ? _cancelCode : exitCode;
        if (_phase == Phase.Waiting)
        {
            Outcome = new(JobState.Cancelled, _cancelCode);
            _phase = Phase.Over;
            return;
        }

        Thaw();
        if (_requeued)
            Restarts--;
        _requeued = false;
        _cause = StopCause.Cancelled;
        if (atOnce)
            KillAll();
        else if (_phase == Phase.Running)
        {
            EndTime = Now;
            Stop(Audience.BatchShell | Audience.Tasks);
        }
    }

    /// <summary><c>scontrol update Requeue=</c>. Returns Slurm's words when it refuses: once it is ending the job.</summary>
    public string? SetRequeueable(bool value)
    {
        if (_phase is Phase.Stopping or Phase.Killing or Phase.Over)
            return "Job has already finished";
        Requeueable = value;
        return null;
    }

    /// <summary><c>scontrol update TimeLimit=</c>: counts from the attempt's start; null lifts the limit.</summary>
    public void SetLimit(TimeSpan? limit)
    {
        Limit = limit;
        if (_phase == Phase.Running)
            MoveEnd(StartTime + limit);
    }

    /// <summary><c>scontrol update EndTime=</c>. Returns Slurm's words when it refuses.</summary>
    public string? SetEnd(DateTimeOffset end)
    {
        if (_phase != Phase.Running)
            return "Job is not running";
        Limit = end - StartTime!.Value;
        MoveEnd(end);
        return null;
    }

    private void MoveEnd(DateTimeOffset? end)
    {
        _limitEnd = end;
        EndTime = PreemptTime is null ? end : Earliest(end, EndTime);
        // A job that was extended is warned again before its new end.
        _warned &= EndTime - request.Warning?.Lead <= Now;
    }

    private void BeginAttempt(DateTimeOffset now)
    {
        _phase = Phase.Running;
        _cause = StopCause.None;
        (_warned, _requeued, _graceEnded, _nodeFailed) = (false, false, false, false);
        _mainEnd = null;
        _killAt = null;
        PreemptTime = SuspendTime = null;
        StartTime = now;
        EndTime = _limitEnd = now + Limit;
        _actions.Add(new JobAction.StartAttempt(Restarts + 1));
    }

    private void Warn()
    {
        var warning = request.Warning!;
        _warned = true;
        var audience = warning.ToBatchShell ? Audience.BatchShell : Audience.Tasks;
        Say($"warning: {SignalNames.Format(warning.Signal)} to {(warning.ToBatchShell ? "the batch shell" : "the tasks")}, {Durations.Format(EndTime!.Value - Now)} before the limit");
        Send(audience, SignalNames.Cont, warning.Signal);
    }

    private void Preempt()
    {
        var now = Now;
        PreemptTime = now;
        _cause = StopCause.Preemption;
        EndTime = Earliest(_limitEnd, now + request.Grace);
        if (request.Grace > TimeSpan.Zero)
        {
            BeginGrace();
            return;
        }

        // Without a grace there is nothing between the decision and the end.
        Say($"preempted without a grace time: TERM to all, KILL in {Durations.Format(request.KillWait)}");
        _graceEnded = true;
        RequeueForPreemption();
        Stop(Audience.BatchShell | Audience.Tasks);
    }

    private void BeginGrace()
    {
        var grace = Durations.Format(request.Grace);
        if (!request.PreemptsByWarning || request.Warning is not { } warning)
        {
            Say($"preempted: TERM to the tasks, {grace} of grace");
            Send(Audience.Tasks, SignalNames.Cont, SignalNames.Term);
            return;
        }

        _warned = true;
        Say($"preempted: {SignalNames.Format(warning.Signal)} to {(warning.ToBatchShell ? "the batch shell" : "the tasks")}, {grace} of grace");
        Send(warning.ToBatchShell ? Audience.BatchShell : Audience.Tasks, SignalNames.Cont, warning.Signal);
    }

    private void ReachEnd(DateTimeOffset now)
    {
        if (_cause == StopCause.Preemption)
        {
            _graceEnded = true;
            PreemptTime = EndTime = now; // as Slurm moves it
            RequeueForPreemption();
            Say($"the grace time is over: TERM to all, KILL in {Durations.Format(request.KillWait)}");
        }
        else
        {
            _cause = StopCause.Limit;
            EndTime = now;
            Say($"limit reached: TERM to all, KILL in {Durations.Format(request.KillWait)}");
        }

        Stop(Audience.BatchShell | Audience.Tasks);
    }

    private void RequeueForPreemption()
    {
        if (!Requeueable || request.PreemptionCancels)
            return;
        Restarts++;
        _requeued = true;
    }

    private void Thaw()
    {
        if (_suspendedAt is null)
            return;
        _suspendedAt = null;
        SuspendTime = Now;
        _actions.Add(new JobAction.Freeze(On: false));
    }

    private void Stop(Audience audience)
    {
        Send(audience, SignalNames.Cont, SignalNames.Term);
        _phase = Phase.Stopping;
        _killAt = Now + request.KillWait;
    }

    private void KillAll()
    {
        if (_phase == Phase.Killing)
            return;
        _phase = Phase.Killing;
        _actions.Add(new JobAction.KillAll());
    }

    private (AttemptEnding Ending, JobOutcome? Outcome) Judge()
    {
        var finished = _mainEnd is { ShellCode: 0 };
        var ended = new JobOutcome(finished ? JobState.Completed : JobState.Failed, _mainEnd?.ShellCode ?? 128 + SignalNames.Kill);
        if (_requeued)
        {
            var byItself = _cause switch
            {
                _ when _nodeFailed => AttemptEnding.NodeFailed,
                StopCause.Preemption when _graceEnded => AttemptEnding.Preempted,
                StopCause.Preemption => AttemptEnding.PreemptedRequeuedByItself,
                StopCause.Limit => AttemptEnding.LimitRequeued,
                StopCause.Cancelled => AttemptEnding.RequeuedByItself,
                _ => _warned ? AttemptEnding.RequeuedAfterWarning : AttemptEnding.RequeuedByItself,
            };
            return (byItself, null);
        }

        switch (_cause)
        {
            case not StopCause.Cancelled when _nodeFailed:
                return (AttemptEnding.NodeFailed, new(JobState.NodeFail, JobOutcome.CancelledCode));
            case StopCause.Cancelled:
                return (AttemptEnding.Cancelled, new(JobState.Cancelled, _cancelCode));
            case StopCause.Limit:
                return (AttemptEnding.Limit, new(JobState.Timeout, JobOutcome.TimeoutCode));
            case StopCause.Preemption when _graceEnded:
                return (AttemptEnding.Preempted, new(JobState.Preempted, JobOutcome.CancelledCode));
            case StopCause.Preemption when request.Release == SlurmRelease.Slurm24 && Requeueable && !request.PreemptionCancels:
                return (AttemptEnding.Preempted, null);
            case StopCause.Preemption:
                return (AttemptEnding.PreemptedAndLost, ended);
            case StopCause.None when finished && _livedThroughGrace:
                // Seen on 24.11: what was requeued at the end of its grace is requeued once more when it finishes.
                return (AttemptEnding.RequeuedOnceMore, null);
            default:
                return (finished ? AttemptEnding.Finished : AttemptEnding.Failed, ended);
        }
    }

    private void Send(Audience audience, params int[] signals) => _actions.Add(new JobAction.Signal(audience, signals));

    private void Say(string text) => _actions.Add(new JobAction.Report(text));

    private static DateTimeOffset? Earliest(params ReadOnlySpan<DateTimeOffset?> instants)
    {
        DateTimeOffset? earliest = null;
        foreach (var instant in instants)
        {
            if (earliest is null || instant < earliest)
                earliest = instant ?? earliest;
        }

        return earliest;
    }
}
