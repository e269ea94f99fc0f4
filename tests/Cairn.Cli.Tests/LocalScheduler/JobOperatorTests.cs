using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Posix;

namespace Cairn.Cli.Tests.LocalScheduler;

/// <summary>What an operator does to a job, or lets happen to its node.</summary>
public sealed class JobOperatorTests
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
        Assert.Null(story.Job.Suspend());
        story.Do(job => Assert.Null(job.Resume())).Until(60);
        Assert.Equal(["0 start 1", $"10 TSTP to {All}", "12 freeze", "40 thaw", "42 CONT USR2 to Tasks", $"50 CONT TERM to {All}", "55 kill all"], story.Lines);
        Assert.Equal("Job is not suspended", story.Job.Resume());
    }

    [Fact]
    public void A_suspended_job_that_is_cancelled_goes_on_to_hear_it() => Assert.Equal(
        ["0 start 1", $"3 TSTP to {All}", "5 freeze", "5 thaw", $"5 CONT TERM to {All}", "10 kill all"],
        new JobStory(TwentySeconds).Until(3).Do(job => job.Suspend()).Until(5).Do(job => job.Cancel(143)).Until(60).Lines);

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

    [Fact]
    public void A_job_that_is_extended_after_its_warning_is_not_warned_again()
    {
        var story = new JobStory(TwentySeconds).Until(13).Do(job => job.SetLimit(TimeSpan.FromSeconds(40))).Until(41);
        Assert.Equal(["0 start 1", "12 CONT USR2 to Tasks", $"40 CONT TERM to {All}"], story.Lines);
    }

    [Fact]
    public void Once_the_job_is_being_ended_its_limit_stays() =>
        Assert.Equal("Job has already finished", new JobStory(TwentySeconds).Until(21).Job.SetLimit(TimeSpan.FromSeconds(40)));

    [Fact]
    public void A_failed_node_is_named_where_the_job_may_not_be_requeued()
    {
        var job = new JobStory(TwentySeconds with { Requeueable = false }).Until(3).Do(job => job.FailNode()).Until(4).Job;
        Assert.Equal((JobState.NodeFail, "NodeDown", 0), (job.State, job.Reason, job.Restarts));
        Assert.Equal(3, (job.EndTime - job.StartTime)!.Value.TotalSeconds);
    }

    [Fact]
    public void A_failed_node_puts_a_suspended_job_back_too() => Assert.Equal(
        ["0 start 1", $"3 TSTP to {All}", "4 thaw", $"4 CONT TERM to {All}", "9 kill all", "11 start 2"],
        new JobStory(TwentySeconds).Until(3).Do(job => job.Suspend()).Until(4).Do(job => job.FailNode()).Until(11).Lines);

    [Fact]
    public void A_suspended_job_is_not_requeued()
    {
        var story = new JobStory(TwentySeconds).Until(3).Do(job => job.Suspend());
        Assert.Contains("resume it first", story.Job.Requeue(), StringComparison.Ordinal);
        Assert.Equal((JobState.Suspended, 0), (story.Job.State, story.Job.Restarts));
    }

    [Fact]
    public void What_waits_or_ends_is_not_suspended()
    {
        Assert.Equal("Job has already finished", new JobStory(TwentySeconds).Until(21).Job.Suspend());
        Assert.Equal("Job is pending execution", new JobStory(TwentySeconds).Do(job => job.Requeue()).Until(5.5).Job.Suspend());
    }

    [Fact]
    public void A_suspension_is_told_with_its_time_and_the_time_before_it()
    {
        var story = new JobStory(TwentySeconds).Until(10).Do(job => job.Suspend()).Until(40);
        var start = story.Job.StartTime!.Value;
        Assert.Equal((10, 10, 10, 20), (Seconds(story.Job.SuspendTime - start), Seconds(story.Job.RanBeforeSuspend), Seconds(story.Job.RunTime), Seconds(story.Job.EndTime - start)));
        story.Do(job => job.Resume()).Until(41);
        Assert.Equal((40, 10, 11, 50), (Seconds(story.Job.SuspendTime - start), Seconds(story.Job.RanBeforeSuspend), Seconds(story.Job.RunTime), Seconds(story.Job.EndTime - start)));

        static double Seconds(TimeSpan? time) => time!.Value.TotalSeconds;
    }
}
