using Cairn.Interruptions;
using Cairn.Slurm;
using Cairn.Timing;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>Sees what wants the run to stop: signals and the stop file by the listener, the deadline, and Slurm's own word.</summary>
internal sealed class RunWatch : IDisposable
{
    private static readonly TimeSpan PatienceAtStart = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LittlePatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(5);

    private readonly InterruptionListener listener;
    private readonly SlurmJob? job;
    private readonly TimeProvider time;
    private readonly TimeSpan? margin;
    private readonly JobDeadline deadline;
    private readonly JobWatch? slurm;
    private readonly ILogger log;
    private readonly Action<Interruption, DateTimeOffset?> tell;

    /// <summary>Begins to watch.</summary>
    /// <param name="listener">The signals; disposed with this.</param>
    /// <param name="job">The job; null without Slurm, and where another rank watches it.</param>
    /// <param name="commands">Slurm's commands.</param>
    /// <param name="time">The clock.</param>
    /// <param name="options">Margin before the deadline, and whether the job may be made requeuable.</param>
    /// <param name="log">For a person.</param>
    /// <param name="tell">Told of every interruption and of the deadline as it is known then, by the thread that hears it.</param>
    public RunWatch(InterruptionListener listener, SlurmJob? job, SlurmCommands commands, TimeProvider time, TrainingRunOptions options, ILogger log, Action<Interruption, DateTimeOffset?> tell)
    {
        this.listener = listener;
        this.job = job;
        this.time = time;
        this.log = log;
        margin = options.Margin;
        this.tell = tell;
        deadline = new JobDeadline(job, time, Standstills.Since);
        if (job is not null)
            slurm = new JobWatch(job, commands, time, LaunchedBy.SlurmAsTask(job), options is { Requeue: true, SwitchRequeueOn: true } ? OnSwitchedOn : null, OnAnswer);
        listener.OnArrival(OnInterruption, OnSignal);
        Standstills.Watch(StoodStill);
    }

    /// <summary>Everything that wants the run to stop, in its order; empty while nothing does.</summary>
    public IReadOnlyList<Interruption> Received => listener.Received;

    /// <summary>Whether something wants the run to stop. One volatile read.</summary>
    public bool StopRequested => listener.Requested;

    /// <summary>Who delivers which signal, in a few words.</summary>
    public string Delivery => listener.Delivery;

    /// <summary>What was wrong with the inherited signals. One sentence each.</summary>
    public IReadOnlyList<string> StartupFindings => listener.StartupFindings;

    /// <summary>When nothing can be saved any more, as it is known now; null without a limit.</summary>
    public DateTimeOffset? Deadline => deadline.At;

    /// <summary>The time until then; null without a limit.</summary>
    public TimeSpan? Left => deadline.Left;

    /// <summary>The time for a save that is waited for: some is kept for the requeue after it. Null without a limit.</summary>
    public TimeSpan? LeftForSaving => deadline.Left - new StopReserve { Window = deadline.Window }.GiveUpSave;

    /// <summary>Whether there may be a limit that nobody has told of.</summary>
    public bool IsEndUnknown => slurm is { Newest: null } && deadline.At is null;

    /// <summary>What Slurm said last; null when it was not asked or did not answer.</summary>
    public JobStatus? NewestStatus => slurm?.Newest;

    /// <summary>What is set up on the cluster.</summary>
    public SlurmSite Site => slurm?.Site ?? SlurmSite.Default;

    /// <summary>How long to wait for Slurm's answer at a stop.</summary>
    public TimeSpan Patience => StopReserve.Answer(deadline.Left);

    /// <summary>Looks at the deadline; when it is near, that is an interruption like any other.</summary>
    /// <param name="times">How long steps and saves take.</param>
    public void CheckDeadline(RunTimes times)
    {
        if (!listener.Requested && EndsWithin(() => Reserve(times).Stop))
            RaiseDeadline();
    }

    /// <summary>The ranks that act together; null where none do. One step more passes before their stop than the one in progress, for they agree on the boundary after the next.</summary>
    public RunRanks? Together { get; set; }

    /// <summary>What must happen before the deadline, by what is known now.</summary>
    public StopReserve Reserve(RunTimes times) => new()
    {
        LongestStep = Together?.LongestStepOfOthers is { } others && others > times.LongestRecentStep ? others : times.LongestRecentStep,
        OneStepMore = Together is null ? TimeSpan.Zero : times.Measured.Step is { } step && step < times.LongestRecentStep ? step : times.LongestRecentStep,
        LongestSave = times.LongestSave,
        WallTime = deadline.WallTime,
        Window = deadline.Window,
        Margin = margin,
    };

    /// <summary>Whether Slurm has answered just now; true where there is none to ask.</summary>
    public bool IsAnswerFresh => slurm is null || slurm.Newest is { } newest && time.GetElapsedTime(newest.AskedOn) <= FreshFor;

    /// <summary>Whether the job ends so soon: asked of Slurm once more before the answer is yes.</summary>
    /// <param name="reserve">
    /// How soon. Asked after the time that is left was looked at: while that is unknown nothing is near, and as soon as Slurm
    /// has told of it the wall time is known as well, by which this goes.
    /// </param>
    public bool EndsWithin(Func<TimeSpan> reserve)
    {
        if (!(deadline.Left < reserve()))
            return false;

        // The end may have moved: the job was extended, or it was suspended for a while, or a clock has jumped.
        if (!IsAnswerFresh)
            slurm!.Ask(LittlePatience);
        return deadline.Left < reserve();
    }

    /// <summary>Notes that the deadline is near.</summary>
    public void RaiseDeadline() =>
        listener.Raise(new Interruption(InterruptionKind.Deadline, time.GetUtcNow(), $"the job ends in {Duration.Words(deadline.Left ?? TimeSpan.Zero)}", null));

    /// <summary>Notes an interruption.</summary>
    public void Raise(Interruption interruption) => listener.Raise(interruption);

    /// <summary>Notes a signal that somebody else has heard for this process.</summary>
    public void Hear(int signal) => listener.Hear(signal);

    /// <summary>Waits until Slurm has said when the job ends, in bounds.</summary>
    public void AwaitDeadline() => slurm?.AwaitFirst(PatienceAtStart);

    /// <summary>For what Slurm does not answer at a stop: tried again as long as the job's end allows, in bounds.</summary>
    public Retries Retries()
    {
        var began = time.GetTimestamp();
        return new Retries(time, () => StopReserve.Asking(time.GetRunningTime(began) + deadline.Left));
    }

    /// <summary>Asks Slurm once more, and again while it does not answer, or a signal comes that the answer knows nothing of.</summary>
    /// <param name="retries">As long as these allow.</param>
    /// <param name="received">Everything that was received by then: what comes after it the answer may not know of.</param>
    /// <returns>Why there is no answer; null when there is one, and without Slurm.</returns>
    public string? AskSlurm(Retries retries, out IReadOnlyList<Interruption> received)
    {
        received = Received;
        if (slurm is null)
            return null;
        while (true)
        {
            var answer = slurm.Ask(Patience);
            received = Received;
            if (answer is { Status: null, MayComeLater: false } || (answer.Status is not null && StopCauses.IsInTime(slurm.Newest!, received)))
                return answer.Problem;
            if (!retries.Pause())
                return answer.Problem;
        }
    }

    public void Dispose()
    {
        Standstills.Leave(StoodStill);
        slurm?.Dispose();
        listener.Bequeath();
        listener.Dispose();
    }

    // Called by the thread that hears signals: it must go on listening, so Slurm is asked by another one.
    private void OnInterruption(Interruption interruption)
    {
        OnSignal(interruption);
        tell(interruption, deadline.At);
    }

    private void OnSignal(Interruption interruption)
    {
        if (interruption.Kind == InterruptionKind.Terminate && slurm is not null)
            deadline.Terminated(interruption.At, interruption.Heard, slurm.Site.KillWait);
        if (interruption.Kind != InterruptionKind.Slurm)
            slurm?.AskSoon();
    }

    private void OnAnswer(JobStatus status)
    {
        deadline.Learn(status);

        // Once something was received, the answer serves to say why; it is no interruption of its own.
        if (!listener.Requested && StopCauses.FromStatus(job!, status, Site) is { } cause)
            listener.Raise(new Interruption(InterruptionKind.Slurm, time.GetUtcNow(), "Slurm says: " + InWords(cause, status), null));
    }

    // Slurm moves the end of a suspended job, and may be slow to say so when it resumes many at once.
    private void StoodStill() => slurm?.AskSoon();

    private void OnSwitchedOn(RequeueAnswer answer)
    {
        if (answer.Succeeded)
            log.LogInformation(LogEvents.RequeueSwitchedOn, "the job was submitted as one that may not be requeued (--no-requeue, or JobRequeue=0): made requeuable, as SwitchRequeueOn allows");
        else
            log.LogWarning(LogEvents.RequeueForbidden, "the job may not be requeued (--no-requeue, or JobRequeue=0), and that could not be changed: {Problem}", answer.Error);
    }

    private static string InWords(StopCause cause, JobStatus status) => cause switch
    {
        StopCause.Requeued => "the job is back in the queue",
        StopCause.TimeLimit => "the time limit has passed",
        StopCause.Preempted or StopCause.PreemptedForGood => "the job is preempted",
        _ => $"the job is {status.State}",
    };
}
