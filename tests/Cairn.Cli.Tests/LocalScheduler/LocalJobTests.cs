using Cairn.Cli.LocalScheduler;
using Cairn.Cli.SlurmNotation;
using Microsoft.Extensions.Time.Testing;

namespace Cairn.Cli.Tests.LocalScheduler;

public class LocalJobTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData("USR2@8s", "18→Tasks 12→Tasks")]
    [InlineData("B:USR1@8", "18→BatchShell 10→BatchShell")]
    public void The_warning_comes_at_its_lead_and_once(string signal, string expected)
    {
        var job = Started(new JobSettings { TimeLimit = Seconds(20), Warning = WarningSignal.Parse(signal) });
        Assert.Equal("", Sent(After(job, 11.9)));
        Assert.Equal(expected, Sent(After(job, 0.1)));
        Assert.Equal("", Sent(After(job, 1)));
    }

    [Fact]
    public void At_the_limit_everyone_hears_TERM_and_after_the_kill_wait_KILL_comes_and_the_job_is_TIMEOUT()
    {
        var job = Started(new JobSettings { TimeLimit = Seconds(20), KillWait = Seconds(5) });
        Assert.Equal("18→Everyone 15→Everyone", Sent(After(job, 20)));
        Assert.Equal((JobState.Completing, "TimeLimit"), (job.State, job.Reason));
        Assert.DoesNotContain(new JobAction.KillAll(), After(job, 4.9));
        Assert.Contains(new JobAction.KillAll(), After(job, 0.1));
        Assert.Equal(LocalJob.TimedOut, End(job, 137));
        Assert.Equal(JobState.Timeout, job.State);
    }

    [Fact]
    public void A_requeue_inside_the_kill_wait_begins_another_attempt_after_the_delay()
    {
        var job = Started(new JobSettings { TimeLimit = Seconds(20), RequeueDelay = Seconds(3) });
        After(job, 20);
        Assert.Contains(new JobAction.Answer(0, ""), job.Handle(new JobEvent.RequeueAsked()));
        Assert.Equal((JobState.Pending, 1), (job.State, job.Restarts));
        Assert.Contains(new JobAction.KillAll(), After(job, 0.02));
        Assert.Contains(new JobAction.Answer(1, "Job is pending execution"), job.Handle(new JobEvent.RequeueAsked()));
        Assert.Null(End(job, 137));
        Assert.Empty(After(job, 2.9));
        Assert.Contains(new JobAction.StartAttempt(2), After(job, 0.1));
    }

    [Fact]
    public void A_refused_requeue_can_be_switched_on()
    {
        var job = Started(new JobSettings { Requeue = false });
        Assert.Contains(new JobAction.Answer(1, "Requested operation is presently disabled"), job.Handle(new JobEvent.RequeueAsked()));
        job.Handle(new JobEvent.RequeueSwitched(true));
        Assert.Contains(new JobAction.Answer(0, ""), job.Handle(new JobEvent.RequeueAsked()));
    }

    [Theory]
    [InlineData(22, 0, nameof(JobState.Completed))]
    [InlineData(22, 1, nameof(JobState.Failed))]
    [InlineData(24, 0, nameof(JobState.Pending))]
    public void What_becomes_of_a_job_that_leaves_in_the_grace_without_a_requeue(int release, int exitCode, string expected)
    {
        var job = Started(new JobSettings { PreemptAfter = Seconds(5), Grace = Seconds(10), Release = (SlurmRelease)release });
        Assert.Equal("18→Tasks 15→Tasks", Sent(After(job, 5)));
        Assert.Equal((JobState.Running, job.PreemptTime + Seconds(10)), (job.State, job.EndTime));
        After(job, 1);
        End(job, exitCode);
        Assert.Equal(expected, job.State.ToString());
    }

    [Fact]
    public void When_the_grace_ends_the_job_is_killed_and_requeued()
    {
        var job = Started(new JobSettings { PreemptAfter = Seconds(5), Grace = Seconds(10) });
        After(job, 5);
        Assert.Equal("18→Everyone 15→Everyone", Sent(After(job, 10)));
        Assert.Contains(new JobAction.KillAll(), After(job, 0.02));
        Assert.Null(End(job, 137));
        Assert.Equal((JobState.Pending, 1), (job.State, job.Restarts));
    }

    [Fact]
    public void On_24_a_job_that_its_preemption_requeued_is_requeued_once_more_after_it_exits_0()
    {
        var job = Started(new JobSettings { PreemptAfter = Seconds(5), Grace = Seconds(10) });
        After(job, 5);
        After(job, 10);
        End(job, 137);
        After(job, 1);
        Assert.Null(End(job, 0));
        After(job, 1);
        Assert.Equal(3, job.Attempt);
        Assert.Equal(0, End(job, 0));
    }

    [Fact]
    public void A_requeue_brings_a_cancelled_job_back()
    {
        var job = Started(new JobSettings());
        job.Handle(new JobEvent.CancelAsked("scancel", 143));
        Assert.Equal((JobState.Completing, "None", _time.GetUtcNow()), (job.State, job.Reason, job.EndTime));
        job.Handle(new JobEvent.RequeueAsked());
        Assert.Null(End(job, 0));
        Assert.Equal(JobState.Pending, job.State);
    }

    [Fact]
    public void The_cap_on_attempts_ends_a_job_that_always_requeues()
    {
        var job = Started(new JobSettings { MaxAttempts = 1 });
        job.Handle(new JobEvent.RequeueAsked());
        Assert.Equal(LocalJob.TooManyAttempts, End(job, 143));
    }

    [Fact]
    public void A_new_time_limit_moves_the_end()
    {
        var job = Started(new JobSettings { TimeLimit = Seconds(20) });
        job.Handle(new JobEvent.TimeLimitSet(Seconds(60)));
        Assert.Equal("", Sent(After(job, 20)));
        Assert.Equal(job.StartTime + Seconds(60), job.NextWake);
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private LocalJob Started(JobSettings settings)
    {
        var job = new LocalJob(settings, _time);
        Assert.Contains(new JobAction.StartAttempt(1), job.Handle(new JobEvent.ClockMoved()));
        return job;
    }

    private IReadOnlyList<JobAction> After(LocalJob job, double seconds)
    {
        _time.Advance(Seconds(seconds));
        return job.Handle(new JobEvent.ClockMoved());
    }

    // The exit code of the job, where it is over.
    private static int? End(LocalJob job, int exitCode)
    {
        job.Handle(new JobEvent.MainExited(exitCode));
        return job.Handle(new JobEvent.AllGone()).OfType<JobAction.Finish>().SingleOrDefault()?.ExitCode;
    }

    private static string Sent(IEnumerable<JobAction> actions) =>
        string.Join(' ', actions.OfType<JobAction.Send>().Select(send => $"{send.Signal}→{send.To}"));
}
