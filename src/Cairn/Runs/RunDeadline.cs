using Cairn.Interruptions;
using Cairn.Slurm;

namespace Cairn.Runs;

/// <summary>When nothing can be saved any more, from what is known: the job's end, and sooner after a TERM or in a preemption.</summary>
internal sealed class RunDeadline
{
    // Longer than Slurm takes when it is well, short against any grace time.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SlurmJob? job;
    private readonly SlurmCommands slurm;
    private readonly TimeProvider time;
    private readonly Task? firstAnswer;
    private Task<JobStatus?>? answerAtInterruption;
    private volatile bool terminated;
    private long atTicks;

    public RunDeadline(SlurmJob? job, SlurmCommands slurm, TimeProvider time)
    {
        this.job = job;
        this.slurm = slurm;
        this.time = time;
        At = job?.EndTime;
        Start = job?.StartTime;
        if (job is not null && job.EndTime is null)
            firstAnswer = OnThread(() => Take(slurm.ShowJob(job.Id)));
    }

    /// <summary>The deadline as it is known now; null without a limit.</summary>
    public DateTimeOffset? At
    {
        get => Interlocked.Read(ref atTicks) is var ticks and not 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
        private set => Interlocked.Exchange(ref atTicks, value?.UtcTicks ?? 0);
    }

    /// <summary>From the job's start to its end; null when one of them is unknown.</summary>
    public TimeSpan? WallTime => At is { } end && Start is { } start ? end - start : null;

    /// <summary>What Slurm said when the first interruption came; waits for the answer, in bounds.</summary>
    public JobStatus? StatusAtInterruption =>
        answerAtInterruption is { } answer && answer.Wait(Patience) ? answer.Result : null;

    private DateTimeOffset? Start { get; set; }

    /// <summary>Waits for the first answer, in bounds.</summary>
    public void AwaitFirst() => firstAnswer?.Wait(Patience);

    /// <summary>Asks Slurm for the cause at once, and brings the deadline forward where the signal says so.</summary>
    public void OnInterruption(Interruption interruption)
    {
        if (job is null)
            return;
        if (interruption.Kind == InterruptionKind.Terminate)
        {
            terminated = true;

            // Asked beside, too: this is called by the thread that hears the signals.
            _ = OnThread(() => Bring(interruption.At + slurm.KillWait));
        }

        answerAtInterruption ??= OnThread(() => Take(slurm.ShowJob(job.Id)));
    }

    private bool Bring(DateTimeOffset kill)
    {
        if (At is { } at && at <= kill)
            return false;
        At = kill;
        return true;
    }

    // A thread of its own: a saturated pool must not hold up the question.
    private static Task<T> OnThread<T>(Func<T> ask) =>
        Task.Factory.StartNew(ask, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private JobStatus? Take(JobStatus? status)
    {
        if (status is null)
            return null;
        Start = status.StartTime ?? Start;

        // After a TERM the end time in Slurm's answer is the limit that has just passed; what counts then is KillWait.
        if (status.EndTime is { } end && (!terminated || status.PreemptTime is not null))
            At = end;
        return status;
    }
}
