using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Posix;

namespace Cairn.Cli.Tests.LocalScheduler;

/// <summary>Preemptions: with and without a grace, requeueing and cancelling.</summary>
public sealed class JobPreemptionTests
{
    private const string All = "BatchShell, Tasks";

    private static readonly JobRequest PreemptedAtTen = new()
    {
        Warning = new(SignalName.Usr2, TimeSpan.FromSeconds(8), ToBatchShell: false),
        KillWait = TimeSpan.FromSeconds(5),
        RequeueDelay = TimeSpan.FromSeconds(2),
        Limit = TimeSpan.FromSeconds(100),
        PreemptAfter = [TimeSpan.FromSeconds(10)],
        Grace = TimeSpan.FromSeconds(4),
    };

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
        Assert.Equal([AttemptEnding.PreemptedAndRequeued, AttemptEnding.Finished], story.Job.Attempts.Select(attempt => attempt.Ending));
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
        var story = new JobStory(PreemptedAtTen with { PreemptsByWarning = true, Warning = new(SignalName.Usr2, TimeSpan.FromSeconds(8), toBatchShell) }).Until(13);
        Assert.Equal(["0 start 1", line], story.Lines);
        Assert.Equal(JobState.Running, story.Job.State);
    }

    [Fact]
    public void Without_a_signal_of_its_own_the_job_gets_TERM_there_too() =>
        Assert.Equal("10 CONT TERM to Tasks", new JobStory(PreemptedAtTen with { PreemptsByWarning = true, Warning = null }).Until(13).Lines[^1]);

    [Fact]
    public void A_preemption_can_come_at_any_time()
    {
        var story = new JobStory(PreemptedAtTen with { PreemptAfter = [] }).Until(2).Do(job => job.Preempt()).Until(3).Do(job => job.Preempt());
        Assert.Equal(["0 start 1", "2 CONT TERM to Tasks"], story.Lines);
        Assert.Equal(TimeSpan.FromSeconds(6), story.Job.EndTime - story.Job.StartTime);
    }

    [Fact]
    public void A_preempted_job_that_may_not_be_requeued_is_over() => Assert.Equal(
        new(JobState.Preempted, JobOutcome.CancelledCode),
        new JobStory(PreemptedAtTen with { Requeueable = false }).Until(60).Job.Outcome);

    [Fact]
    public void A_job_that_is_requeued_was_never_preempted_but_one_that_is_cancelled_ends_with_it()
    {
        var requeued = new JobStory(PreemptedAtTen).Until(15).Job;
        Assert.Equal((JobState.Completing, 1, null), (requeued.State, requeued.Restarts, requeued.PreemptTime));
        var cancelled = new JobStory(PreemptedAtTen with { PreemptionCancels = true }).Until(15).Job;
        Assert.Equal((JobState.Completing, 0, "None"), (cancelled.State, cancelled.Restarts, cancelled.Reason));
        Assert.Equal((14, 14), ((cancelled.PreemptTime - cancelled.StartTime)!.Value.TotalSeconds, (cancelled.EndTime - cancelled.StartTime)!.Value.TotalSeconds));
    }

    [Fact]
    public void A_job_that_is_made_requeuable_within_the_grace_comes_back() => Assert.Equal(
        "21 start 2",
        new JobStory(PreemptedAtTen with { Requeueable = false }).Until(12).Do(job => Assert.Null(job.SetRequeueable(true))).Until(22).Lines[^1]);

    [Fact]
    public void Leaving_with_a_code_within_the_grace_where_that_cancels_is_a_failure()
    {
        var story = new JobStory(PreemptedAtTen with { PreemptionCancels = true }).Until(12).Exits(143);
        Assert.Equal(new(JobState.Failed, 143), story.Job.Outcome);
    }

    [Fact]
    public void What_waits_or_is_suspended_is_not_preempted()
    {
        var story = new JobStory(PreemptedAtTen).Do(job => job.Suspend()).Do(job => job.Preempt()).Until(60);
        Assert.Equal((JobState.Suspended, null), (story.Job.State, story.Job.PreemptTime));
        story = new JobStory(PreemptedAtTen).Until(1).Exits(0).Do(job => job.Preempt());
        Assert.Equal(new(JobState.Completed, 0), story.Job.Outcome);
    }
}
