using Cairn.Slurm;

namespace Cairn.Tests.Slurm;

public class JobStatusTests
{
    // As scontrol of Slurm 22.05 prints it with SLURM_TIME_FORMAT=%s; the name and the command are a user's, and mean.
    private const string Running =
        """
        JobId=1 JobName=JobState=CANCELLED Requeue=0
           UserId=nobody(65534) GroupId=nogroup(65534) MCS_label=N/A
           Priority=4294901759 Nice=0 Account=(null) QOS=(null)
           JobState=RUNNING Reason=None Dependency=(null)
           Requeue=1 Restarts=2 BatchFlag=1 Reboot=0 ExitCode=0:0
           RunTime=00:00:04 TimeLimit=00:05:00 TimeMin=N/A
           SubmitTime=1700000000 EligibleTime=1700000000
           StartTime=1700000010 EndTime=1700000310 Deadline=N/A
           PreemptEligibleTime=1700000010 PreemptTime=None
           SuspendTime=None SecsPreSuspend=0 LastSchedEval=1700000010 Scheduler=Main
           Partition=main AllocNode:Sid=localhost:1050
           Command=/home/u/JobState=FAILED Restarts=9 run.sh
           WorkDir=/home/u/StartTime=1
           Power=

        """;

    [Fact]
    public void A_running_job_is_read_whatever_its_user_called_it()
    {
        var status = JobStatus.Parse(Running)!;
        Assert.Equal(("RUNNING", "None", 2, true), (status.State, status.Reason, status.Restarts, status.Batch));
        Assert.Equal(1700000010, status.StartTime!.Value.ToUnixTimeSeconds());
        Assert.Equal(1700000310, status.EndTime!.Value.ToUnixTimeSeconds());
        Assert.Equal((1700000000, 1700000000), (status.SubmitTime!.Value.ToUnixTimeSeconds(), status.EligibleTime!.Value.ToUnixTimeSeconds()));
        Assert.Null(status.PreemptTime);
        Assert.True(status.GoesOn);
    }

    [Fact]
    public void What_a_site_says_in_front_is_passed_over() =>
        Assert.Equal(JobStatus.Parse(Running), JobStatus.Parse("Welcome to the cluster\n\nNews: JobState=FAILED is gone, Restarts=9 too\n" + Running));

    [Fact]
    public void A_preemption_is_seen()
    {
        var status = JobStatus.Parse(Running.Replace("PreemptTime=None", "PreemptTime=1700000100", StringComparison.Ordinal))!;
        Assert.Equal(1700000100, status.PreemptTime!.Value.ToUnixTimeSeconds());
        Assert.Equal("RUNNING, being preempted", status.Words);
    }

    [Fact]
    public void An_end_that_is_unknown_is_none()
    {
        var status = JobStatus.Parse(Running.Replace("EndTime=1700000310", "EndTime=Unknown", StringComparison.Ordinal).Replace("JobState=RUNNING", "JobState=PENDING", StringComparison.Ordinal))!;
        Assert.Null(status.EndTime);
        Assert.False(status.GoesOn);
    }

    [Fact]
    public void An_interactive_allocation_is_known_by_its_flag() =>
        Assert.False(JobStatus.Parse(Running.Replace("BatchFlag=1", "BatchFlag=0", StringComparison.Ordinal))!.Batch);

    [Theory]
    [InlineData("")]
    [InlineData("slurm_load_jobs error: Invalid job id specified")]
    [InlineData("JobId=1 JobName=JobState=RUNNING")]
    public void What_is_no_job_is_none(string text) => Assert.Null(JobStatus.Parse(text));
}
