using Cairn.Cli.Processes;
using Cairn.Cli.SlurmForms;
using Cairn.Posix;

namespace Cairn.Cli.LocalScheduler.Jobs;

/// <summary>
/// A job as Slurm runs it, from its first start to its end: told what happens, it says what to do. It starts and signals
/// nothing itself, and all its time comes from <paramref name="time"/>. Not safe for several threads.
/// </summary>
/// <remarks>
/// Call <see cref="Submit"/> first. Each method but the queries may add actions; carry them out in their order
/// (<see cref="TakeActions"/>), and call <see cref="TimePasses"/> at <see cref="NextInstant"/>. What returns text returns
/// Slurm's words when it refuses, and null when it is done.
/// </remarks>
internal sealed partial class Job(JobRequest request, TimeProvider time)
{
    private const Audience Everybody = Audience.BatchShell | Audience.Tasks;
    private const string NoReason = "None";

    /// <summary>Between the TSTP of a suspension, which can be heard, and its STOP, which cannot.</summary>
    private static readonly TimeSpan SuspendDelay = TimeSpan.FromSeconds(2);

    private readonly List<JobAction> _actions = [];
    private readonly List<AttemptRecord> _attempts = [];
    private Phase _phase = Phase.Waiting;
    private StopCause _cause;
    private string _reason = NoReason;
    private AttemptTimes? _times;
    private DateTimeOffset _beginAt;
    private DateTimeOffset? _requeuedAt;
    private DateTimeOffset? _freezeAt;
    private DateTimeOffset? _killAt;
    private bool _preemptionOver;
    private bool _owedOneMore;
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

    private DateTimeOffset Now => time.GetUtcNow();

    private bool PreemptionRequeues => Requeueable && !request.PreemptionCancels;

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
        if (_phase == Phase.Running && now >= _freezeAt)
            Freeze();
        if (_phase == Phase.Running && now >= _times!.WarnAt)
            Warn();
        if (_phase == Phase.Running && now >= _times!.PreemptAt)
            Preempt();
        if (_phase == Phase.Running && now >= _times!.EndAt)
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
        if (_phase == Phase.Running)
            _reason = end switch { { Signal: > 0 } => "JobLaunchFailure", { Code: > 0 } => "NonZeroExitCode", _ => NoReason };
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
        var facts = new AttemptFacts(_cause, _requeuedAt is not null, _times!.Warned, _preemptionOver, _mainEnd);
        var on24 = request.Release == SlurmRelease.Slurm24;
        var (ending, outcome) = Verdict.On(facts, leavingEarlyRequeues: on24 && PreemptionRequeues, _owedOneMore, _cancelCode);
        _attempts.Add(new(_attempts.Count + 1, _times.Start, now - _times.Start, ending, _mainEnd));
        // Seen on 24.11: what was requeued at the end of its grace is requeued once more when it finishes.
        _owedOneMore = on24 && _preemptionOver && request.Grace > TimeSpan.Zero && facts.Requeued;
        if (outcome is null && _attempts.Count >= request.MaxAttempts)
        {
            outcome = new(JobState.Pending, request.UsedUpCode);
            Say($"{_attempts.Count} attempts were made, as many as --max-attempts allows; the job is not begun again");
        }

        if (outcome is not null)
        {
            Outcome = outcome;
            _phase = Phase.Over;
            return;
        }

        if (!facts.Requeued)
            Restarts++;
        _phase = Phase.Waiting;
        _beginAt = now + request.RequeueDelay;
        _killAt = null;
    }

    /// <summary><c>scontrol requeue</c>: asks all, KILL after KillWait.</summary>
    public string? Requeue()
    {
        if (_phase == Phase.Over)
            return "Invalid job id specified";
        if (_phase == Phase.Waiting || _requeuedAt is not null)
            return "Job is pending execution";
        if (!Requeueable)
            return "Requested operation is presently disabled";
        if (State == JobState.Suspended)
            return "cairn local does not imitate the requeue of a suspended job, which Slurm holds until it is released; resume it first,";
        BackToQueue();
        if (_phase == Phase.Running)
        {
            Say($"requeued: {Asked}");
            Stop(Everybody);
        }

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

        if (_requeuedAt is not null)
            Restarts--;
        _requeuedAt = null;
        _cause = StopCause.Cancelled;
        _reason = NoReason; // what is being ended by its limit may be put back by the program, this not
        if (atOnce)
            KillAll();
        else if (_phase == Phase.Running)
            EndNow();
    }

    /// <summary>A job of higher priority comes: the attempt is asked to go within the grace, or at once without one.</summary>
    public void Preempt()
    {
        if (_phase != Phase.Running || _times!.IsSuspended || _times.PreemptTime is not null)
        {
            Say(PreemptTime is null ? $"nothing to preempt: the job is {State.Name()}" : "nothing to preempt: that has begun already");
            return;
        }

        _cause = StopCause.Preemption;
        if (request.Grace == TimeSpan.Zero)
        {
            Say($"preempted without a grace time: {Asked}");
            EndPreempted();
            return;
        }

        _times.BeginGrace(Now);
        if (request.PreemptsByWarning && request.Warning is { } own)
        {
            Say($"preempted: {SlurmSignals.Format(own.Signal)} to {Words(AudienceOf(own))}, {Durations.Format(request.Grace)} of grace");
            Send(AudienceOf(own), SignalName.Cont, own.Signal);
        }
        else
        {
            Say($"preempted: TERM to the tasks, {Durations.Format(request.Grace)} of grace");
            Send(Audience.Tasks, SignalName.Cont, SignalName.Term);
        }
    }

    /// <summary>The node of the job fails: the job has left it at once, its processes only when they are dead.</summary>
    public void FailNode()
    {
        if (_phase != Phase.Running)
            return;
        _cause = StopCause.NodeFailed;
        Say($"the node failed: {Asked}");
        if (Requeueable)
        {
            BackToQueue();
            Stop(Everybody);
        }
        else
        {
            _reason = "NodeDown";
            EndNow();
        }
    }

    /// <summary><c>scontrol suspend</c>: TSTP to batch shell and tasks, two seconds later STOP to every process.</summary>
    public string? Suspend()
    {
        if (_phase == Phase.Waiting)
            return "Job is pending execution";
        if (_phase != Phase.Running)
            return "Job has already finished";
        if (_times!.IsSuspended)
            return null;
        var now = Now;
        _times.Suspend(now);
        _freezeAt = now + SuspendDelay;
        Say("suspended; its limit waits with it");
        Send(Everybody, SignalName.Tstp);
        return null;
    }

    /// <summary><c>scontrol resume</c>: CONT to every process; the end is later by as long as the suspension was.</summary>
    public string? Resume()
    {
        if (State != JobState.Suspended)
            return "Job is not suspended";
        Thaw();
        Say("resumed");
        return null;
    }

    /// <summary><c>scontrol update Requeue=</c>.</summary>
    public string? SetRequeueable(bool value)
    {
        if (IsEnding)
            return "Job has already finished";
        Requeueable = value;
        return null;
    }

    /// <summary><c>scontrol update TimeLimit=</c>: counts from the attempt's start; null lifts the limit.</summary>
    public string? SetLimit(TimeSpan? limit)
    {
        if (IsEnding)
            return "Job has already finished";
        Limit = limit;
        if (_phase == Phase.Running)
            _times!.MoveLimit(limit);
        return null;
    }

    /// <summary><c>scontrol update EndTime=</c>.</summary>
    public string? SetEnd(DateTimeOffset end)
    {
        if (State != JobState.Running)
            return "Job is not running";
        return SetLimit(_times!.LimitFor(end));
    }

    private void BeginAttempt(DateTimeOffset now)
    {
        _phase = Phase.Running;
        _cause = StopCause.None;
        _reason = NoReason;
        _preemptionOver = false;
        _mainEnd = null;
        _requeuedAt = _killAt = _freezeAt = null;
        _times = new(request, _attempts.Count + 1, now, Limit);
        _actions.Add(new JobAction.StartAttempt(Restarts + 1));
    }

    private void Warn()
    {
        var warning = request.Warning!;
        _times!.Warn();
        Say($"warning: {SlurmSignals.Format(warning.Signal)} to {Words(AudienceOf(warning))}, {Durations.Format(EndTime!.Value - Now)} before the limit");
        Send(AudienceOf(warning), SignalName.Cont, warning.Signal);
    }

    private void ReachEnd(DateTimeOffset now)
    {
        if (_cause == StopCause.Preemption)
        {
            Say($"the grace time is over: {Asked}");
            EndPreempted();
            return;
        }

        _cause = StopCause.Limit;
        _reason = "TimeLimit";
        Say($"limit reached: {Asked}");
        EndNow();
    }

    private void EndPreempted()
    {
        _preemptionOver = true;
        if (PreemptionRequeues)
            BackToQueue();
        else
            _times!.EndPreempted(Now);
        Stop(Everybody);
    }

    private void EndNow()
    {
        _times!.EndNow(Now);
        Stop(Everybody);
    }

    private void BackToQueue()
    {
        Restarts++;
        _requeuedAt = Now;
        _times!.Requeued();
    }

    private void Stop(Audience audience)
    {
        // A frozen process hears nothing.
        if (_times!.IsSuspended)
            Thaw();
        Send(audience, SignalName.Cont, SignalName.Term);
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

    private void Freeze()
    {
        _freezeAt = null;
        _actions.Add(new JobAction.Freeze(On: true));
    }

    private void Thaw()
    {
        _freezeAt = null;
        _times!.Resume(Now);
        _actions.Add(new JobAction.Freeze(On: false));
    }

    private static Audience AudienceOf(WarningSignal signal) => signal.ToBatchShell ? Audience.BatchShell : Audience.Tasks;

    private string Asked => $"TERM to batch shell and tasks, KILL to what is left in {Durations.Format(request.KillWait)} at most";

    private static string Words(Audience audience) => audience == Audience.BatchShell ? "the batch shell" : "the tasks";

    private void Send(Audience audience, params int[] signals) => _actions.Add(new JobAction.Signal(audience, signals));

    private void Say(string text) => _actions.Add(new JobAction.Report(text));
}
