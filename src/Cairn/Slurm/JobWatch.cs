namespace Cairn.Slurm;

/// <summary>
/// Asks Slurm about this job: once at the start, then slowly on a thread of its own, at once when something happens, and
/// whenever somebody needs to know. The end of a job moves (an operator extends it, a preemption pulls it in), and where a
/// preemption sends no signal this is the only way to see one.
/// </summary>
internal sealed class JobWatch : IDisposable
{
    // Operators mind programs that ask more often.
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(10);

    // A clock that was set by more than that is another clock, and is compared with the controller's anew.
    private static readonly TimeSpan Jump = TimeSpan.FromSeconds(1);

    private readonly SlurmJob job;
    private readonly SlurmCommands slurm;
    private readonly TimeProvider time;
    private readonly bool hearsPreemption;
    private readonly Action<RequeueAnswer>? onSwitchedOn;
    private readonly Action<JobStatus> onAnswer;
    private readonly AutoResetEvent wake = new(false);
    private readonly ManualResetEventSlim askedOnce = new();
    private readonly Lock gate = new();
    private readonly Thread thread;
    private volatile JobStatus? newest;
    private volatile KnownSite known = new(SlurmSite.Default, TimeSpan.Zero, IsTold: false);
    private volatile bool ended;
    private bool isSwitched;

    /// <summary>Begins to ask.</summary>
    /// <param name="job">The job.</param>
    /// <param name="slurm">The commands.</param>
    /// <param name="time">The clock.</param>
    /// <param name="hearsPreemption">Whether a signal comes when a preemption begins.</param>
    /// <param name="onSwitchedOn">
    /// Null to leave a job that may not be requeued as it is. Else it is made requeuable at once, since later, when Slurm is
    /// ending it, that is refused; and this is told what came of it.
    /// </param>
    /// <param name="onAnswer">Told every answer that is newer than those before, by the thread that asked.</param>
    public JobWatch(SlurmJob job, SlurmCommands slurm, TimeProvider time, bool hearsPreemption, Action<RequeueAnswer>? onSwitchedOn, Action<JobStatus> onAnswer)
    {
        this.job = job;
        this.slurm = slurm;
        this.time = time;
        this.hearsPreemption = hearsPreemption;
        this.onSwitchedOn = onSwitchedOn;
        this.onAnswer = onAnswer;
        thread = new Thread(Watch) { IsBackground = true, Name = "cairn slurm" };
        thread.Start();
    }

    /// <summary>The newest answer; null while there is none.</summary>
    public JobStatus? Newest => newest;

    /// <summary>What is set up on the cluster; Slurm's defaults until it has said.</summary>
    public SlurmSite Site => known.Site;

    /// <summary>How often to ask when nothing happens.</summary>
    public static TimeSpan Interval(SlurmSite site, bool hearsPreemption) => site.PreemptionHasGrace && (!hearsPreemption || site.PreemptionSendsOwnSignal) ? Quick : Slow;

    /// <summary>Waits for the first answer, or until it is known that none comes.</summary>
    public void AwaitFirst(TimeSpan patience) => askedOnce.Wait(patience);

    /// <summary>Has the thread ask at once.</summary>
    public void AskSoon() => wake.Set();

    /// <summary>Asks now.</summary>
    /// <param name="patience">How long to wait for the answer.</param>
    /// <param name="onLate">Called once where it takes long.</param>
    /// <returns>The answer, or why there is none.</returns>
    public JobAnswer Ask(TimeSpan patience, Action? onLate = null)
    {
        var answer = slurm.ShowJob(job.Id, patience, onLate);
        if (answer.Status?.ByThisClock(ClockAhead) is not { } status)
            return answer;
        lock (gate)
        {
            if (newest is { } other && other.AskedOn > status.AskedOn)
                return answer;
            newest = status;
        }

        onAnswer(status);
        return answer;
    }

    public void Dispose()
    {
        ended = true;
        wake.Set();
    }

    private void Watch()
    {
        while (!ended)
        {
            Ask(Quick);
            SwitchRequeueOn();
            LearnSite();
            askedOnce.Set();
            wake.WaitOne(IsSwitched ? Interval(Site, hearsPreemption) : Quick);
        }
    }

    // Until Slurm has done it, or refused for good: a controller that is away when the job begins must not cost it its requeue.
    private bool IsSwitched => isSwitched || onSwitchedOn is null || newest is not { Requeueable: false, Batch: true };

    private void SwitchRequeueOn()
    {
        if (IsSwitched)
            return;
        var answer = slurm.SwitchRequeueOn(job.RequeueId);
        if (answer.Outcome == RequeueOutcome.NoAnswer)
            return;
        isSwitched = true;
        onSwitchedOn!(answer);
    }

    // Until it is answered once, and when this machine's clock was set.
    private void LearnSite()
    {
        var (clock, before) = (Clock, ClockAhead);
        if (known.IsTold && (clock - known.Clock).Duration() < Jump)
            return;
        if (slurm.ShowSite(job.Partition) is not { } told)
            return;
        known = new(told, clock, IsTold: true);
        if (told.ClockAhead != before)
            Ask(Quick); // the instants of the last answer were read by the wrong clock
    }

    // This machine's, by the clock that never jumps: it changes only when it is set.
    private TimeSpan Clock => time.GetUtcNow() - DateTimeOffset.UnixEpoch - time.GetElapsedTime(0);

    // Whoever sets this machine's clock leaves the controller's as it is.
    private TimeSpan ClockAhead => known is { IsTold: true } then && Clock - then.Clock is var set && set.Duration() >= Jump ? then.Site.ClockAhead - set : known.Site.ClockAhead;

    private sealed record KnownSite(SlurmSite Site, TimeSpan Clock, bool IsTold);
}
