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
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    private readonly SlurmJob job;
    private readonly SlurmCommands slurm;
    private readonly TimeProvider time;
    private readonly bool hearsPreemption;
    private readonly Action<string?>? onSwitchedOn;
    private readonly Action<JobStatus> onAnswer;
    private readonly AutoResetEvent wake = new(false);
    private readonly ManualResetEventSlim askedOnce = new();
    private readonly Lock gate = new();
    private readonly Thread thread;
    private volatile JobStatus? newest;
    private volatile SlurmSite site = SlurmSite.Default;
    private volatile bool ended;
    private bool knowsSite;

    /// <summary>Begins to ask.</summary>
    /// <param name="job">The job.</param>
    /// <param name="slurm">The commands.</param>
    /// <param name="time">The clock.</param>
    /// <param name="hearsPreemption">Whether a signal comes when a preemption begins.</param>
    /// <param name="onSwitchedOn">
    /// Null to leave a job that may not be requeued as it is. Else it is made requeuable at once, since later, when Slurm is
    /// ending it, that is refused; and this is told why it could not be done, or null.
    /// </param>
    /// <param name="onAnswer">Told every answer that is newer than those before, by the thread that asked.</param>
    public JobWatch(SlurmJob job, SlurmCommands slurm, TimeProvider time, bool hearsPreemption, Action<string?>? onSwitchedOn, Action<JobStatus> onAnswer)
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
    public SlurmSite Site => site;

    /// <summary>How often to ask when nothing happens.</summary>
    public static TimeSpan Interval(SlurmSite site, bool hearsPreemption) => site.PreemptionHasGrace && !hearsPreemption ? Quick : Slow;

    /// <summary>Waits for the first answer, or until it is known that none comes.</summary>
    public void AwaitFirst(TimeSpan patience) => askedOnce.Wait(patience);

    /// <summary>Has the thread ask at once.</summary>
    public void AskSoon() => wake.Set();

    /// <summary>Asks now.</summary>
    /// <returns>The answer, or why there is none.</returns>
    public JobAnswer Ask(TimeSpan patience)
    {
        var answer = slurm.ShowJob(job.Id, patience);
        if (answer.Status is not { } status)
            return answer;
        lock (gate)
        {
            if (newest is { } known && known.AskedAt > status.AskedAt)
                return answer;
            newest = status;
        }

        onAnswer(status);
        return answer;
    }

    /// <summary>Asks now, and again while the controller is away.</summary>
    /// <param name="until">When to give up.</param>
    /// <param name="patience">How long to wait for one answer.</param>
    public JobAnswer AskUntil(DateTimeOffset until, TimeSpan patience)
    {
        while (true)
        {
            var answer = Ask(patience);
            if (answer.Status is not null || !answer.MayComeLater || time.GetUtcNow() + Between >= until)
                return answer;
            Thread.Sleep(Between);
        }
    }

    public void Dispose()
    {
        ended = true;
        wake.Set();
    }

    private void Watch()
    {
        Ask(Quick);
        askedOnce.Set();
        if (onSwitchedOn is not null && newest is { Requeueable: false, Batch: true })
            onSwitchedOn(slurm.SwitchRequeueOn(job.RequeueId));
        while (true)
        {
            // Until it is answered once: a controller that was away at the start must not decide how often is asked later.
            if (!knowsSite && slurm.ShowSite(job.Partition) is { } told)
                (site, knowsSite) = (told, true);
            wake.WaitOne(Interval(site, hearsPreemption));
            if (ended)
                return;
            Ask(Quick);
        }
    }
}
