using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Tests.LocalScheduler;

public sealed class JobTests
{
    private const string All = "BatchShell, Tasks";

    private static readonly JobRequest TwentySeconds = new()
    {
        Limit = TimeSpan.FromSeconds(20),
        Warning = new(SignalNames.Usr2, TimeSpan.FromSeconds(8), ToBatchShell: false),
        KillWait = TimeSpan.FromSeconds(5),
        RequeueDelay = TimeSpan.FromSeconds(2),
    };

    private static readonly JobRequest PreemptedAtTen = TwentySeconds with
    {
        Limit = TimeSpan.FromSeconds(100),
        PreemptAfter = [TimeSpan.FromSeconds(10)],
        Grace = TimeSpan.FromSeconds(4),
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
        var story = new JobStory(TwentySeconds with { Warning = new(SignalNames.Usr1, TimeSpan.FromSeconds(1), ToBatchShell: true) }).Until(19);
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
    public void A_second_cancel_kills_at_once() => Assert.Equal(
        ["0 start 1", $"3 CONT TERM to {All}", "4 kill all"],
        new JobStory(TwentySeconds).Until(3).Do(job => job.Cancel(130)).Until(4).Do(job => job.Cancel(130, atOnce: true)).Lines);

    [Fact]
    public void A_preemption_asks_the_tasks_and_pulls_the_end_in()
    {
        var story = new JobStory(PreemptedAtTen).Until(11);
        Assert.Equal("10 CONT TERM to Tasks", story.Lines[^1]);
        Assert.Equal((JobState.Running, "None"), (story.Job.State, story.Job.Reason));
        Assert.Equal((10, 14), ((story.Job.PreemptTime - story.Job.StartTime)!.Value.TotalSeconds, (story.Job.EndTime - story.Job.StartTime)!.Value.TotalSeconds));
    }

    [Fact]
    public void Who_stays_until_the_grace_ends_is_requeued()
    {
        var story = new JobStory(PreemptedAtTen).Until(15);
        Assert.Equal("Job is pending execution", story.Job.Requeue());
        story.Until(30);
        Assert.Equal(["0 start 1", "10 CONT TERM to Tasks", $"14 CONT TERM to {All}", "19 kill all", "21 start 2"], story.Lines);
        Assert.Equal(AttemptEnding.Preempted, story.Job.Attempts[0].Ending);
        Assert.Null(story.Job.PreemptTime);
    }

    [Theory]
    [InlineData(SlurmRelease.Slurm22, AttemptEnding.PreemptedAndLost, JobState.Completed)]
    [InlineData(SlurmRelease.Slurm24, AttemptEnding.Preempted, null)]
    internal void Leaving_with_0_inside_the_grace_loses_the_job_on_22_only(SlurmRelease release, AttemptEnding ending, JobState? final)
    {
        var story = new JobStory(PreemptedAtTen with { Release = release }).Until(11).Exits(0);
        Assert.Equal(ending, story.Job.Attempts[0].Ending);
        Assert.Equal(final, story.Job.Outcome?.State);
    }

    [Theory]
    [InlineData(SlurmRelease.Slurm22, 2)]
    [InlineData(SlurmRelease.Slurm24, 3)]
    internal void On_24_what_lived_through_its_grace_runs_once_more_after_it_finished(SlurmRelease release, int attempts)
    {
        var story = new JobStory(PreemptedAtTen with { Release = release }).Until(22).Exits(0).Until(25).Exits(0);
        Assert.Equal(attempts, story.Job.Attempts.Count);
        Assert.Equal(new(JobState.Completed, 0), story.Job.Outcome);
    }

    [Fact]
    public void A_preempted_job_that_requeues_itself_is_not_requeued_twice()
    {
        var story = new JobStory(PreemptedAtTen).Until(11).Do(job => Assert.Null(job.Requeue())).Until(19).Exits(0);
        Assert.Equal([AttemptEnding.PreemptedRequeuedByItself, AttemptEnding.Finished], story.Job.Attempts.Select(attempt => attempt.Ending));
        Assert.Equal(1, story.Job.Restarts);
    }

    [Fact]
    public void Without_a_grace_a_preemption_requeues_at_once_and_KillWait_is_all_that_is_left()
    {
        var story = new JobStory(PreemptedAtTen with { Grace = TimeSpan.Zero }).Until(12);
        Assert.Equal((JobState.Completing, 1), (story.Job.State, story.Job.Restarts));
        Assert.Equal(["0 start 1", $"10 CONT TERM to {All}", "15 kill all", "17 start 2"], story.Until(17).Lines);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(0)]
    public void Where_preemption_cancels_the_job_does_not_come_back(int grace)
    {
        var story = new JobStory(PreemptedAtTen with { PreemptionCancels = true, Grace = TimeSpan.FromSeconds(grace) }).Until(11);
        Assert.NotNull(story.Job.PreemptTime);
        Assert.Equal(grace > 0 ? JobState.Running : JobState.Completing, story.Job.State);
        Assert.Equal(new(JobState.Preempted, JobOutcome.CancelledCode), story.Until(60).Job.Outcome);
        Assert.Equal(0, story.Job.Restarts);
    }

    [Fact]
    public void Even_there_the_job_may_requeue_itself() => Assert.Equal(
        1, new JobStory(PreemptedAtTen with { PreemptionCancels = true }).Until(11).Do(job => Assert.Null(job.Requeue())).Until(60).Job.Restarts);

    [Theory]
    [InlineData(false, "10 CONT USR2 to Tasks")]
    [InlineData(true, "10 CONT USR2 to BatchShell")]
    public void A_preemption_can_begin_with_the_jobs_own_signal(bool toBatchShell, string line)
    {
        var story = new JobStory(PreemptedAtTen with { PreemptsByWarning = true, Warning = new(SignalNames.Usr2, TimeSpan.FromSeconds(8), toBatchShell) }).Until(13);
        Assert.Equal(["0 start 1", line], story.Lines);
        Assert.Equal(JobState.Running, story.Job.State);
    }

    [Fact]
    public void Without_a_signal_of_its_own_the_job_gets_TERM_there_too() =>
        Assert.Equal("10 CONT TERM to Tasks", new JobStory(PreemptedAtTen with { PreemptsByWarning = true, Warning = null }).Until(13).Lines[^1]);

    [Fact]
    public void A_preemption_can_come_at_any_time()
    {
        var story = new JobStory(TwentySeconds with { Grace = TimeSpan.FromSeconds(4) }).Until(2).Do(job => job.PreemptNow()).Until(3).Do(job => job.PreemptNow());
        Assert.Equal(["0 start 1", "2 CONT TERM to Tasks"], story.Lines);
        Assert.Equal(TimeSpan.FromSeconds(6), story.Job.EndTime - story.Job.StartTime);
    }

    [Fact]
    public void A_failed_node_puts_the_job_back_at_once()
    {
        var story = new JobStory(TwentySeconds).Until(3).Do(job => job.FailNode());
        Assert.Equal((JobState.Pending, 1), (story.Job.State, story.Job.Restarts));
        Assert.Equal(["0 start 1", $"3 CONT TERM to {All}", "8 kill all", "10 start 2"], story.Until(10).Lines);
        Assert.Equal(AttemptEnding.NodeFailed, story.Job.Attempts[0].Ending);
    }

    [Fact]
    public void A_failed_node_ends_a_job_that_may_not_be_requeued() => Assert.Equal(
        new(JobState.NodeFail, JobOutcome.CancelledCode),
        new JobStory(TwentySeconds with { Requeueable = false }).Until(3).Do(job => job.FailNode()).Until(60).Job.Outcome);

    [Fact]
    public void The_time_of_a_suspension_does_not_count()
    {
        var story = new JobStory(TwentySeconds).Until(10).Do(job => Assert.Null(job.Suspend())).Until(40);
        Assert.Equal(JobState.Suspended, story.Job.State);
        Assert.Equal("Job is already suspended", story.Job.Suspend());
        story.Do(job => Assert.Null(job.Resume())).Until(60);
        Assert.Equal(["0 start 1", "10 freeze", "40 thaw", "42 CONT USR2 to Tasks", $"50 CONT TERM to {All}", "55 kill all"], story.Lines);
        Assert.Equal("Job is not suspended", story.Job.Resume());
    }

    [Fact]
    public void A_suspended_job_that_is_cancelled_goes_on_to_hear_it() => Assert.Equal(
        ["0 start 1", "3 freeze", "5 thaw", $"5 CONT TERM to {All}", "10 kill all"],
        new JobStory(TwentySeconds).Until(3).Do(job => job.Suspend()).Until(5).Do(job => job.Cancel(143)).Until(60).Lines);

    [Fact]
    public void Once_the_job_is_being_ended_it_cannot_be_made_requeuable()
    {
        var story = new JobStory(TwentySeconds with { Requeueable = false }).Until(21);
        Assert.Equal("Job has already finished", story.Job.SetRequeueable(true));
        Assert.False(story.Job.Requeueable);
    }

    [Fact]
    public void A_preempted_job_that_may_not_be_requeued_is_over() => Assert.Equal(
        new(JobState.Preempted, JobOutcome.CancelledCode),
        new JobStory(PreemptedAtTen with { Requeueable = false }).Until(60).Job.Outcome);

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

    [Fact]
    public void An_extended_limit_moves_the_warning_and_the_end()
    {
        var story = new JobStory(TwentySeconds).Until(10).Do(job => job.SetLimit(TimeSpan.FromSeconds(40))).Until(50);
        Assert.Equal(["0 start 1", "32 CONT USR2 to Tasks", $"40 CONT TERM to {All}", "45 kill all"], story.Lines);
    }

    [Fact]
    public void An_end_in_the_past_is_now()
    {
        var story = new JobStory(TwentySeconds with { Warning = null }).Until(10);
        Assert.Null(story.Job.SetEnd(story.Job.StartTime!.Value.AddSeconds(5)));
        Assert.Equal($"10 CONT TERM to {All}", story.Until(11).Lines[^1]);
    }
}
