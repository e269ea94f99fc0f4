using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.Processes;
using Cairn.Cli.SlurmForms;
using Cairn.Posix;

namespace Cairn.Cli.Tests.LocalScheduler;

public sealed class JobTests
{
    private const string All = "BatchShell, Tasks";

    private static readonly JobRequest TwentySeconds = new()
    {
        Limit = TimeSpan.FromSeconds(20),
        Warning = new(SignalName.Usr2, TimeSpan.FromSeconds(8), ToBatchShell: false),
        KillWait = TimeSpan.FromSeconds(5),
        RequeueDelay = TimeSpan.FromSeconds(2),
    };

    [Fact]
    public void A_job_that_ends_by_itself_is_completed()
    {
        var story = new JobStory(TwentySeconds).Until(3).Exits(0);
        Assert.Equal(["0 start 1", "3 kill all"], story.Lines);
        Assert.Equal(new(JobState.Completed, 0), story.Job.Outcome);
        Assert.Equal(AttemptEnding.Finished, story.Job.Attempts[0].Ending);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(75)]
    public void Any_other_code_is_a_failure(int code) =>
        Assert.Equal(new(JobState.Failed, code), new JobStory(TwentySeconds).Until(3).Exits(code).Job.Outcome);

    [Fact]
    public void A_death_by_a_signal_is_counted_as_shells_do() =>
        Assert.Equal(new(JobState.Failed, 139), new JobStory(TwentySeconds).DiesBy(11).Job.Outcome);

    [Fact]
    public void The_limit_warns_asks_and_kills()
    {
        var story = new JobStory(TwentySeconds).Until(60);
        Assert.Equal(["0 start 1", "12 CONT USR2 to Tasks", $"20 CONT TERM to {All}", "25 kill all"], story.Lines);
        Assert.Equal(new(JobState.Timeout, JobOutcome.TimeoutCode), story.Job.Outcome);
        Assert.Equal(AttemptEnding.Limit, story.Job.Attempts[0].Ending);
    }

    [Fact]
    public void A_warning_with_B_goes_to_the_batch_shell()
    {
        var story = new JobStory(TwentySeconds with { Warning = new(SignalName.Usr1, TimeSpan.FromSeconds(1), ToBatchShell: true) }).Until(19);
        Assert.Equal("19 CONT USR1 to BatchShell", story.Lines[^1]);
    }

    [Fact]
    public void Between_TERM_and_KILL_Slurm_names_the_limit_and_the_deadline_is_the_kill()
    {
        var story = new JobStory(TwentySeconds).Until(21);
        Assert.Equal((JobState.Completing, "TimeLimit"), (story.Job.State, story.Job.Reason));
        Assert.Equal(TimeSpan.FromSeconds(25), story.Job.Deadline - story.Job.StartTime);
    }

    [Fact]
    public void Leaving_with_0_after_TERM_is_still_a_timeout() =>
        Assert.Equal(new(JobState.Timeout, 124), new JobStory(TwentySeconds).Until(21).Exits(0).Job.Outcome);

    [Fact]
    public void Without_a_limit_nothing_is_ever_due() =>
        Assert.Null(new JobStory(new()).Job.NextInstant);

    [Fact]
    public void A_requeue_asks_all_kills_after_KillWait_and_begins_again_after_the_delay()
    {
        var story = new JobStory(TwentySeconds).Until(13).Do(job => Assert.Null(job.Requeue()));
        Assert.Equal((JobState.Completing, "None", 1), (story.Job.State, story.Job.Reason, story.Job.Restarts));
        story.Until(23).Exits(0);
        Assert.Equal(
            ["0 start 1", "12 CONT USR2 to Tasks", $"13 CONT TERM to {All}", "18 kill all", "20 start 2", "23 kill all"], story.Lines);
        Assert.Equal([AttemptEnding.RequeuedAfterWarning, AttemptEnding.Finished], story.Job.Attempts.Select(attempt => attempt.Ending));
        Assert.Equal([1, 2], story.Job.Attempts.Select(attempt => attempt.Number));
    }

    [Fact]
    public void Who_leaves_at_the_TERM_of_a_requeue_does_not_wait_for_the_KILL() =>
        Assert.Equal("5 start 2", new JobStory(TwentySeconds).Until(3).Do(job => job.Requeue()).Exits(143).Until(6).Lines[^1]);

    [Fact]
    public void A_second_requeue_is_refused_with_Slurms_words()
    {
        var story = new JobStory(TwentySeconds).Do(job => job.Requeue());
        Assert.Equal("Job is pending execution", story.Job.Requeue());
        Assert.Equal("Job is pending execution", story.Until(1).Job.Requeue());
        Assert.Equal(1, story.Job.Restarts);
    }

    [Fact]
    public void A_job_that_may_not_be_requeued_can_switch_that_on()
    {
        var story = new JobStory(TwentySeconds with { Requeueable = false });
        Assert.Equal("Requested operation is presently disabled", story.Job.Requeue());
        story.Job.SetRequeueable(true);
        Assert.Null(story.Job.Requeue());
    }

    [Fact]
    public void A_requeue_inside_KillWait_saves_the_job()
    {
        var story = new JobStory(TwentySeconds).Until(21).Do(job => Assert.Null(job.Requeue())).Until(30);
        Assert.Equal("27 start 2", story.Lines[^1]);
        Assert.Equal(AttemptEnding.LimitRequeued, story.Job.Attempts[0].Ending);
    }

    [Fact]
    public void The_attempts_are_capped()
    {
        var story = new JobStory(TwentySeconds with { MaxAttempts = 2 });
        story.Do(job => job.Requeue()).Until(8).Do(job => job.Requeue()).Until(15);
        Assert.Equal(new(JobState.Pending, JobOutcome.AttemptsUsedUpCode), story.Job.Outcome);
        Assert.Equal(2, story.Job.Attempts.Count);
    }

    [Fact]
    public void A_cancelled_job_is_asked_and_killed_and_does_not_come_back()
    {
        var story = new JobStory(TwentySeconds).Until(3).Do(job => job.Cancel(143));
        Assert.Equal((JobState.Completing, "None", story.Job.StartTime!.Value.AddSeconds(3)), (story.Job.State, story.Job.Reason, story.Job.EndTime!.Value));
        story.Until(60);
        Assert.Equal(["0 start 1", $"3 CONT TERM to {All}", "8 kill all"], story.Lines);
        Assert.Equal(new(JobState.Cancelled, 143), story.Job.Outcome);
    }

    [Fact]
    public void Slurm_brings_a_cancelled_job_back_when_it_requeues_itself()
    {
        var story = new JobStory(TwentySeconds).Until(3).Do(job => job.Cancel(143)).Until(4).Do(job => Assert.Null(job.Requeue())).Until(11);
        Assert.Equal("10 start 2", story.Lines[^1]);
    }

    [Fact]
    public void Cancelled_after_its_requeue_the_job_does_not_come_back()
    {
        var story = new JobStory(TwentySeconds).Until(3).Do(job => job.Requeue()).Do(job => job.Cancel(130)).Until(60);
        Assert.Equal(new(JobState.Cancelled, 130), story.Job.Outcome);
        Assert.Equal(0, story.Job.Restarts);
    }

    [Fact]
    public void Cancelled_while_it_waits_the_job_is_over_at_once() =>
        Assert.Equal(new(JobState.Cancelled, 130), new JobStory(TwentySeconds).Do(job => job.Requeue()).Until(6).Do(job => job.Cancel(130)).Job.Outcome);

    [Fact]
    public void Cancelled_between_TERM_and_KILL_of_its_limit_nothing_asks_for_a_requeue_any_more()
    {
        var story = new JobStory(TwentySeconds).Until(21).Do(job => job.Cancel(130));
        Assert.Equal((JobState.Completing, "None"), (story.Job.State, story.Job.Reason));
        Assert.Equal(new(JobState.Cancelled, 130), story.Until(60).Job.Outcome);
    }

    [Fact]
    public void A_job_whose_limit_was_lifted_is_shown_to_end_in_a_year()
    {
        var story = new JobStory(TwentySeconds).Until(3).Do(job => Assert.Null(job.SetLimit(null)));
        Assert.Equal((null, story.Job.StartTime!.Value.AddDays(365)), (story.Job.EndTime, story.Job.ShownEndTime));
        Assert.Null(new JobStory(new()).Job.ShownEndTime);
    }

    [Fact]
    public void A_second_cancel_kills_at_once() => Assert.Equal(
        ["0 start 1", $"3 CONT TERM to {All}", "4 kill all"],
        new JobStory(TwentySeconds).Until(3).Do(job => job.Cancel(130)).Until(4).Do(job => job.Cancel(130, atOnce: true)).Lines);

    [Fact]
    public void Once_the_job_is_being_ended_it_cannot_be_made_requeuable()
    {
        var story = new JobStory(TwentySeconds with { Requeueable = false }).Until(21);
        Assert.Equal("Job has already finished", story.Job.SetRequeueable(true));
        Assert.False(story.Job.Requeueable);
    }

    [Fact]
    public void The_batch_shells_end_takes_its_children_at_once_and_asks_its_steps()
    {
        var story = new JobStory(TwentySeconds).Until(3).Exits(0, tasksAlive: true).Until(4);
        Assert.Equal(["0 start 1", "3 kill leftovers", "3 CONT TERM to Tasks"], story.Lines);
        story.Do(job => job.TasksEnded());
        Assert.Equal("4 kill all", story.Lines[^1]);
        Assert.Equal(new(JobState.Completed, 0), story.Job.Outcome);
    }

    [Fact]
    public void Steps_that_end_before_the_batch_shell_end_nothing() =>
        Assert.Equal(["0 start 1"], new JobStory(TwentySeconds).Until(3).Do(job => job.TasksEnded()).Lines);

    [Theory]
    [InlineData(3, 0, "NonZeroExitCode")]
    [InlineData(0, 12, "JobLaunchFailure")]
    [InlineData(0, 0, "None")]
    public void While_its_steps_end_the_batch_shells_end_is_told(int code, int signal, string reason)
    {
        var job = new JobStory(TwentySeconds).Until(3).Do(job => job.MainEnded(new(code, signal), tasksAlive: true)).Job;
        Assert.Equal((JobState.Completing, reason, new ProcessEnd(code, signal)), (job.State, job.Reason, job.ExitStatus));
    }

    [Fact]
    public void A_job_that_waits_says_when_it_begins_and_ends()
    {
        var job = new JobStory(TwentySeconds).Until(3).Do(job => job.Requeue()).Until(8).Job;
        Assert.Equal((JobState.Pending, "BeginTime", default), (job.State, job.Reason, job.ExitStatus));
        Assert.Equal((job.NextInstant, TimeSpan.FromSeconds(20)), (job.StartTime, job.EndTime - job.StartTime));
    }
}
