namespace Cairn.Cli.LocalScheduler.Jobs;

/// <summary>
/// When something is due in one attempt: its warning, its preemption, its end. Each of them can move: the limit by an operator,
/// the end by a preemption, and all of them by a suspension, whose time does not count.
/// </summary>
internal sealed class AttemptTimes
{
    private readonly JobRequest _request;
    private TimeSpan? _preemptAfter;
    private TimeSpan _suspendedFor;
    private DateTimeOffset? _limitEnd;

    /// <param name="request">What the job asks for.</param>
    /// <param name="number">The attempt, from 1.</param>
    /// <param name="start">Now.</param>
    /// <param name="limit">The wall time, which an operator may have changed since the job was submitted.</param>
    public AttemptTimes(JobRequest request, int number, DateTimeOffset start, TimeSpan? limit)
    {
        _request = request;
        _preemptAfter = number <= request.PreemptAfter.Count ? request.PreemptAfter[number - 1] : null;
        Start = start;
        End = _limitEnd = start + limit;
    }

    public DateTimeOffset Start { get; }

    /// <summary>When the attempt is to end, or did: by its limit, or earlier by a preemption. Null without a limit.</summary>
    public DateTimeOffset? End { get; private set; }

    /// <summary>When the preemption began; once a grace is over without a requeue, when it ended, as Slurm has it.</summary>
    public DateTimeOffset? PreemptTime { get; private set; }

    public bool Warned { get; private set; }

    /// <summary>When the attempt was suspended or resumed last.</summary>
    public DateTimeOffset? SuspendTime { get; private set; }

    /// <summary>How long it had run by then.</summary>
    public TimeSpan RanBeforeSuspend { get; private set; }

    public bool IsSuspended { get; private set; }

    /// <summary>
    /// A preemption pulls the end in; a warning that has not come by then does not come any more. Nor does it come twice, when
    /// the job is extended after it.
    /// </summary>
    public DateTimeOffset? WarnAt => Warned || PreemptTime is not null || IsSuspended ? null : End - _request.Warning?.Lead;

    public DateTimeOffset? PreemptAt => PreemptTime is not null || IsSuspended ? null : Start + _suspendedFor + _preemptAfter;

    public DateTimeOffset? EndAt => IsSuspended ? null : End;

    /// <summary>The next of these.</summary>
    public DateTimeOffset? Next => Earliest(WarnAt, PreemptAt, EndAt);

    public TimeSpan RunTime(DateTimeOffset now) => (IsSuspended ? SuspendTime!.Value : now) - Start - _suspendedFor;

    public void Warn() => Warned = true;

    /// <summary>An operator sets another limit. In a grace the end stays where the preemption put it, or comes earlier.</summary>
    public void MoveLimit(TimeSpan? limit)
    {
        _limitEnd = Start + _suspendedFor + limit;
        End = PreemptTime is null ? _limitEnd : Earliest(_limitEnd, End);
    }

    /// <summary>The limit with which the attempt ends then.</summary>
    public TimeSpan LimitFor(DateTimeOffset end) => end - Start - _suspendedFor;

    public void BeginGrace(DateTimeOffset now)
    {
        PreemptTime = now;
        End = Earliest(_limitEnd, now + _request.Grace);
    }

    /// <summary>It ends now, by limit or by cancellation.</summary>
    public void EndNow(DateTimeOffset now) => End = now;

    /// <summary>It ends now, preempted for good.</summary>
    public void EndPreempted(DateTimeOffset now) => PreemptTime = End = now;

    /// <summary>A job that is back in the queue was never preempted.</summary>
    public void Requeued() => PreemptTime = null;

    public void Suspend(DateTimeOffset now)
    {
        RanBeforeSuspend = RunTime(now);
        (SuspendTime, IsSuspended) = (now, true);
    }

    public void Resume(DateTimeOffset now)
    {
        var pause = now - SuspendTime!.Value;
        _suspendedFor += pause;
        _limitEnd += pause;
        End += pause;
        (SuspendTime, IsSuspended) = (now, false);
    }

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
