namespace Cairn.Slurm;

/// <summary>When nothing can be saved any more, from what is known: the job's end, and sooner after a TERM or in a preemption.</summary>
/// <remarks>
/// Slurm names instants of the wall clock, which can jump. So the time that is left is counted by the monotonic clock too,
/// from the moment of the answer on, and the lesser of both counts; before anything is done about it Slurm is asked again.
/// The end of a suspended job moves by as long as it stood still; Slurm's next answer says whether it has.
/// </remarks>
internal sealed class JobDeadline
{
    private readonly TimeProvider time;
    private readonly Func<long, TimeSpan> stoodStillSince;
    private readonly Lock gate = new();
    private readonly TimeSpan? wallTimeAtFirst;
    private JobStatus? status;
    private DateTimeOffset? end;
    private TimeSpan leftAtAnswer;
    private long answeredAt;
    private (DateTimeOffset At, long Heard, TimeSpan KillWait)? terminated;

    /// <summary>Begins with what the environment says.</summary>
    /// <param name="job">The job; null without one.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stoodStillSince">How long the process stood still since a timestamp of that clock.</param>
    public JobDeadline(SlurmJob? job, TimeProvider time, Func<long, TimeSpan> stoodStillSince)
    {
        (this.time, this.stoodStillSince) = (time, stoodStillSince);
        wallTimeAtFirst = job?.EndTime - (job?.StartTime ?? time.GetUtcNow());
        Anchor(job?.EndTime, time.GetUtcNow(), time.GetTimestamp());
    }

    /// <summary>The deadline as it is known now; null without a limit.</summary>
    public DateTimeOffset? At
    {
        get
        {
            lock (gate)
                return KillAfterTerm is { } term ? term.At + term.KillWait : end + stoodStillSince(answeredAt);
        }
    }

    /// <summary>The time that is left; null without a limit.</summary>
    public TimeSpan? Left
    {
        get
        {
            lock (gate)
            {
                if (KillAfterTerm is { } term)
                    return term.KillWait - time.GetElapsedTime(term.Heard);
                if (end is not { } at)
                    return null;
                var byWallClock = at - time.GetUtcNow();
                var byMonotonicClock = leftAtAnswer - time.GetElapsedTime(answeredAt);
                return (byWallClock < byMonotonicClock ? byWallClock : byMonotonicClock) + stoodStillSince(answeredAt);
            }
        }
    }

    /// <summary>From the job's start to its end, or from now on when only the end is known; null when that is not.</summary>
    public TimeSpan? WallTime
    {
        get
        {
            lock (gate)
                return status?.EndTime - status?.StartTime ?? wallTimeAtFirst;
        }
    }

    /// <summary>
    /// From what the run has to its end altogether: the wall time; after a TERM the time until KILL. Null when that is unknown.
    /// </summary>
    public TimeSpan? Window
    {
        get
        {
            lock (gate)
                return KillAfterTerm is { } term ? term.KillWait : WallTime;
        }
    }

    /// <summary>Takes Slurm's answer.</summary>
    public void Learn(JobStatus answer)
    {
        lock (gate)
        {
            status = answer;
            if (answer.EndTime is not null)
                Anchor(answer.EndTime, answer.AskedAt, answer.AskedOn);
        }
    }

    /// <summary>A TERM came: KILL follows, unless Slurm says that the job goes on.</summary>
    /// <param name="at">When, by the wall clock.</param>
    /// <param name="heard">When, by the clock that never jumps.</param>
    /// <param name="killWait">The time between the two.</param>
    public void Terminated(DateTimeOffset at, long heard, TimeSpan killWait)
    {
        // The first one counts, unless the job went on after it.
        lock (gate)
        {
            if (KillAfterTerm is null)
                terminated = (at, heard, killWait);
        }
    }

    // In the grace of a preemption, and after a TERM that was a mere warning, Slurm's end time still holds.
    private (DateTimeOffset At, long Heard, TimeSpan KillWait)? KillAfterTerm =>
        terminated is { } term && !(status is { GoesOn: true } && status.AskedOn >= term.Heard) ? term : null;

    private void Anchor(DateTimeOffset? endTime, DateTimeOffset asOf, long asOn)
    {
        end = endTime;
        leftAtAnswer = (endTime ?? asOf) - asOf;
        answeredAt = asOn;
    }
}
