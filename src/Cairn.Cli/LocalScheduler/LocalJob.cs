using Cairn.Cli.SlurmNotation;
using Cairn.Interruptions.Signals;

namespace Cairn.Cli.LocalScheduler;

/// <summary>
/// The job as Slurm's controller keeps it: events go in, actions come out. It knows no process, socket or file,
/// and its only clock is the TimeProvider.
/// </summary>
internal sealed class LocalJob(JobSettings settings, TimeProvider time)
{
    /// <summary>A requeue was measured to kill the steps within about 20 ms.</summary>
    public static readonly TimeSpan RequeueKill = TimeSpan.FromMilliseconds(20);

    /// <summary>The job wants another attempt, but <c>--max-attempts</c> forbids it (EX_TEMPFAIL).</summary>
    public const int TooManyAttempts = ExitCodes.RequeueMe;

    /// <summary>The limit ended the job, as <c>timeout(1)</c> says it.</summary>
    public const int TimedOut = 124;

    private readonly List<JobAction> _actions = [];
    private readonly List<AttemptRecord> _attempts = [];
    private EndCause _cause;
    private DateTimeOffset _nextStart = time.GetUtcNow();
    private DateTimeOffset? _graceEnd;
    private DateTimeOffset? _killAt;
    private bool _warned;
    private bool _mainGone;
    private bool _alive;
    private bool _requeueOnceMore;
    private int _mainExitCode;
    private int _cancelExitCode;
    private string _cancelledBy = string.Empty;

    // What ends the attempt; the last word wins, so that a requeue brings a cancelled job back, as in Slurm.
    private enum EndCause
    {
        None,
        Limit,
        Grace,
        Cancel,
        Requeue,
        PreemptionRequeue,
    }

    public JobSettings Settings => settings;

    public JobState State { get; private set; } = JobState.Pending;

    /// <summary>As <c>scontrol show job</c> names it: why the job waits or ended.</summary>
    public string Reason { get; private set; } = "None";

    /// <summary>The attempt that runs or ran last; 0 before the first.</summary>
    public int Attempt { get; private set; }

    /// <summary>Slurm's Restarts: counted from the moment of the requeue, not from the next start.</summary>
    public int Restarts { get; private set; }

    public bool RequeueAllowed { get; private set; } = settings.Requeue;

    public TimeSpan? TimeLimit { get; private set; } = settings.TimeLimit;

    public DateTimeOffset? StartTime { get; private set; }

    public DateTimeOffset? PreemptTime { get; private set; }

    public DateTimeOffset? CancelTime { get; private set; }

    /// <summary>How long this attempt has run; nothing before the first.</summary>
    public TimeSpan RunningFor => _alive && StartTime is { } start ? time.GetUtcNow() - start : TimeSpan.Zero;

    public IReadOnlyList<AttemptRecord> Attempts => _attempts;

    /// <summary>When this attempt ends: the limit, or the kill of a preemption if that is sooner; null where nothing is known.</summary>
    public DateTimeOffset? EndTime
    {
        get
        {
            if (CancelTime is { } cancelled)
                return cancelled;
            return _graceEnd is { } grace && !(Limit < grace) ? grace : Limit;
        }
    }

    /// <summary>The instant after which nothing can be saved: <see cref="EndTime"/>, and the KILL once TERM has been sent.</summary>
    public DateTimeOffset? Deadline => _killAt ?? EndTime;

    /// <summary>Why a stop is wanted, in a word; null while nobody wants one.</summary>
    public string? StopCause => _cause switch
    {
        EndCause.Limit => "limit",
        EndCause.Cancel => "cancelled",
        EndCause.Requeue => "requeued",
        EndCause.Grace or EndCause.PreemptionRequeue => "preemption",
        _ when PreemptTime is not null => "preemption",
        _ => _warned ? "warning" : null,
    };

    public bool IsOver => State is JobState.Completed or JobState.Failed or JobState.Timeout or JobState.Cancelled or JobState.Preempted;

    /// <summary>When to send the next <see cref="JobEvent.ClockMoved"/>; null when only other events can change something.</summary>
    public DateTimeOffset? NextWake
    {
        get
        {
            if (IsOver)
                return null;
            if (!_alive)
                return _nextStart;
            DateTimeOffset?[] due = State == JobState.Running ? [WarnAt, Limit, PreemptAt, _graceEnd] : [_killAt];
            return due.Min();
        }
    }

    private DateTimeOffset? Limit => StartTime + TimeLimit;

    private DateTimeOffset? WarnAt => _warned || settings.Warning is null ? null : Limit - settings.Warning.Lead;

    // Once, in the first attempt: the next ones show whether the program comes back from it.
    private DateTimeOffset? PreemptAt => Attempt == 1 && PreemptTime is null ? StartTime + settings.PreemptAfter : null;

    /// <summary>Takes one event and says what to do about it, in that order.</summary>
    public IReadOnlyList<JobAction> Handle(JobEvent happened)
    {
        _actions.Clear();
        var now = time.GetUtcNow();
        switch (happened)
        {
            case JobEvent.ClockMoved:
                MoveClock(now);
                break;
            case JobEvent.MainExited main when _alive && !_mainGone:
                EndMain(main.ExitCode, now);
                break;
            case JobEvent.AllGone when _alive:
                EndAttempt(now);
                break;
            case JobEvent.RequeueAsked:
                Requeue(now);
                break;
            case JobEvent.CancelAsked cancel:
                Cancel(cancel, now);
                break;
            case JobEvent.KillAsked:
                _killAt = null;
                Do(new JobAction.KillAll());
                break;
            case JobEvent.SignalAsked signal when State == JobState.Running:
                Do(new JobAction.Answer(0, string.Empty), new JobAction.Send(signal.Signal, signal.To));
                break;
            case JobEvent.SignalAsked:
                Do(new JobAction.Answer(1, "Job/step already completing or completed"));
                break;
            case JobEvent.RequeueSwitched requeue:
                RequeueAllowed = requeue.Allowed;
                Do(new JobAction.Answer(0, string.Empty));
                break;
            case JobEvent.TimeLimitSet limit:
                TimeLimit = limit.Limit;
                Do(new JobAction.Answer(0, string.Empty), new JobAction.Tell($"time limit is now {TimeLimitWords}"));
                break;
        }

        return [.. _actions];
    }

    private string TimeLimitWords => TimeLimit is { } limit ? Duration.Words(limit) : "unlimited";

    private void MoveClock(DateTimeOffset now)
    {
        if (!_alive)
        {
            if (!IsOver && now >= _nextStart)
                Start(now);
            return;
        }

        if (State != JobState.Running)
        {
            if (now >= _killAt)
            {
                _killAt = null;
                Do(new JobAction.KillAll());
            }

            return;
        }

        if (now >= PreemptAt)
            Preempt(now);
        if (now >= WarnAt)
            Warn();
        if (now >= _graceEnd)
            EndGrace(now);
        else if (now >= Limit)
            ReachLimit(now);
    }

    private void Start(DateTimeOffset now)
    {
        Attempt++;
        State = JobState.Running;
        Reason = "None";
        StartTime = now;
        PreemptTime = CancelTime = _graceEnd = _killAt = null;
        _cause = EndCause.None;
        _warned = _mainGone = false;
        _alive = true;
        Do(new JobAction.StartAttempt(Attempt), new JobAction.Tell(
            $"attempt {Attempt} starts, time limit {TimeLimitWords}{(settings.Warning is { } warning ? $", warning {warning}" : "")}"));
    }

    private void Warn()
    {
        _warned = true;
        var warning = settings.Warning!;
        var to = warning.BatchShellOnly ? Hearers.BatchShell : Hearers.Tasks;
        Do(new JobAction.Tell($"warning: {SignalName.Of(warning.Signal)}, {Duration.Words(warning.Lead)} before the limit"));
        SendWithCont(warning.Signal, to);
    }

    private void Preempt(DateTimeOffset now)
    {
        PreemptTime = now;
        _graceEnd = now + settings.Grace;
        Do(new JobAction.Tell($"preemption begins, grace {Duration.Words(settings.Grace)}"));
        SendWithCont(SignalName.Term, Hearers.Tasks);
    }

    private void ReachLimit(DateTimeOffset now)
    {
        Do(new JobAction.Tell("time limit reached: TERM"));
        Reason = "TimeLimit";
        Terminate(EndCause.Limit, now + settings.KillWait);
    }

    private void EndGrace(DateTimeOffset now)
    {
        if (RequeueAllowed)
        {
            Do(new JobAction.Tell("grace is over: requeued by the preemption"));
            _requeueOnceMore = settings.Release == SlurmRelease.V24 && settings.Grace > TimeSpan.Zero;
            BeginRequeue(EndCause.PreemptionRequeue, now);
        }
        else
        {
            Do(new JobAction.Tell("grace is over, and the job may not be requeued: TERM"));
            Terminate(EndCause.Grace, now + settings.KillWait);
        }
    }

    private void Terminate(EndCause cause, DateTimeOffset killAt)
    {
        _cause = cause;
        State = JobState.Completing;
        _killAt = Earlier(_killAt, killAt);
        SendWithCont(SignalName.Term, Hearers.Everyone);
    }

    private void Requeue(DateTimeOffset now)
    {
        if (State == JobState.Pending)
        {
            Do(new JobAction.Answer(1, "Job is pending execution"));
        }
        else if (!RequeueAllowed)
        {
            Do(new JobAction.Answer(1, "Requested operation is presently disabled"));
        }
        else
        {
            Do(new JobAction.Answer(0, string.Empty), new JobAction.Tell("requeue asked for"));
            BeginRequeue(EndCause.Requeue, now);
        }
    }

    private void BeginRequeue(EndCause cause, DateTimeOffset now)
    {
        Terminate(cause, now + RequeueKill);
        State = JobState.Pending;
        Reason = "BeginTime";
        CancelTime = null;
        Restarts++;
    }

    private void Cancel(JobEvent.CancelAsked cancel, DateTimeOffset now)
    {
        Do(new JobAction.Answer(0, string.Empty));
        if (_cause == EndCause.Cancel || IsOver)
            return;
        Do(new JobAction.Tell($"cancelled by {cancel.By}"));
        _cancelledBy = cancel.By;
        _cancelExitCode = cancel.ExitCode;
        Reason = "None";
        CancelTime = now;
        if (_alive)
            Terminate(EndCause.Cancel, now + settings.KillWait);
        else
            Finish(JobState.Cancelled, cancel.ExitCode);
    }

    private void EndMain(int exitCode, DateTimeOffset now)
    {
        _mainGone = true;
        _mainExitCode = exitCode;
        Do(new JobAction.KillBatchDescendants());
        if (State != JobState.Running)
            return;
        // The steps of srun that outlive the batch shell are ended as at the limit.
        State = JobState.Completing;
        _killAt = now + settings.KillWait;
        SendWithCont(SignalName.Term, Hearers.Tasks);
    }

    private void EndAttempt(DateTimeOffset now)
    {
        _alive = false;
        _killAt = null;
        var exitedInGrace = _cause == EndCause.None && PreemptTime is not null;
        if (exitedInGrace && settings.Release == SlurmRelease.V24 && RequeueAllowed)
        {
            Restarts++;
            _cause = EndCause.PreemptionRequeue;
        }

        // 24 requeues a job that a preemption requeued once more after it exits 0: a finished program must bear that.
        var onceMore = _cause == EndCause.None && _requeueOnceMore && _mainExitCode == 0;
        _requeueOnceMore &= _cause == EndCause.PreemptionRequeue;
        if (onceMore)
        {
            Restarts++;
            _cause = EndCause.Requeue;
        }

        var because = onceMore
            ? "exited 0, requeued once more"
            : _cause switch
            {
                EndCause.Requeue => _warned ? "warned, requeued" : PreemptTime is not null ? "preempted, requeued" : "requeued",
                EndCause.PreemptionRequeue => "preempted, requeued",
                EndCause.Cancel => $"cancelled by {_cancelledBy}",
                EndCause.Limit => "time limit",
                EndCause.Grace => "preempted",
                _ when exitedInGrace => _mainExitCode == 0 ? "finished in the grace" : "failed in the grace",
                _ => _mainExitCode == 0 ? "finished" : "failed",
            };
        _attempts.Add(new AttemptRecord(Attempt, StartTime!.Value, now - StartTime.Value, because, _mainExitCode));

        switch (_cause)
        {
            case EndCause.Requeue or EndCause.PreemptionRequeue:
                Return(now);
                break;
            case EndCause.Cancel:
                Finish(JobState.Cancelled, _cancelExitCode);
                break;
            case EndCause.Limit:
                Finish(JobState.Timeout, TimedOut);
                break;
            case EndCause.Grace:
                Finish(JobState.Preempted, ExitCodes.Terminated);
                break;
            default:
                if (exitedInGrace)
                    Do(new JobAction.Tell("it left in the grace without a requeue: the job is lost, as on Slurm 22 or with --no-requeue"));
                Finish(_mainExitCode == 0 ? JobState.Completed : JobState.Failed, _mainExitCode);
                break;
        }
    }

    private void Return(DateTimeOffset now)
    {
        State = JobState.Pending;
        Reason = "BeginTime";
        if (Attempt >= settings.MaxAttempts)
        {
            Do(new JobAction.Tell($"--max-attempts {settings.MaxAttempts} reached: no further attempt"));
            Finish(JobState.Failed, TooManyAttempts);
            return;
        }

        _nextStart = now + settings.RequeueDelay;
        Do(new JobAction.Tell($"requeued, next attempt in {Duration.Words(settings.RequeueDelay)}"));
    }

    private void Finish(JobState state, int exitCode)
    {
        State = state;
        Do(new JobAction.Finish(exitCode));
    }

    private void SendWithCont(int signal, Hearers to) =>
        Do(new JobAction.Send(SignalName.Cont, to), new JobAction.Send(signal, to));

    private void Do(params ReadOnlySpan<JobAction> actions) => _actions.AddRange(actions);

    private static DateTimeOffset Earlier(DateTimeOffset? one, DateTimeOffset other) => one < other ? one.Value : other;
}
