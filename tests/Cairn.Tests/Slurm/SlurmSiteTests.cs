using Cairn.Slurm;

namespace Cairn.Tests.Slurm;

public class SlurmSiteTests
{
    private const string Config =
        """
        Configuration data as of 2026-01-02T03:04:05
        KillWait                = 10 sec
        PreemptMode             = REQUEUE
        PreemptType             = preempt/partition_prio
        PreemptExemptTime       = 00:00:00
        """;

    private static string Partition(string mode, int grace) =>
        $"""
        PartitionName=low
           MaxNodes=UNLIMITED MaxTime=UNLIMITED MinNodes=0 LLN=NO MaxCPUsPerNode=UNLIMITED
           PriorityJobFactor=1 PriorityTier=1 RootOnly=NO ReqResv=NO OverSubscribe=NO
           OverTimeLimit=NONE PreemptMode={mode}
           DisableRootJobs=NO ExclusiveUser=NO GraceTime={grace} Hidden=NO
        """;

    [Theory]
    [InlineData("REQUEUE", 20, false, true)]
    [InlineData("REQUEUE", 0, false, false)]
    [InlineData("CANCEL", 20, true, true)]
    [InlineData("OFF", 20, false, false)]
    [InlineData("GANG,SUSPEND", 20, false, true)]
    public void A_partition_says_whether_a_preemption_can_be_noticed(string mode, int grace, bool cancels, bool hasGrace)
    {
        var site = SlurmSite.Parse(Config, Partition(mode, grace));
        Assert.Equal((TimeSpan.FromSeconds(10), cancels, hasGrace), (site.KillWait, site.PreemptionCancels, site.PreemptionHasGrace));
    }

    [Fact]
    public void With_preemption_by_QOS_a_grace_may_come_that_no_command_tells_of() =>
        Assert.True(SlurmSite.Parse(Config.Replace("preempt/partition_prio", "preempt/qos", StringComparison.Ordinal), Partition("REQUEUE", 0)).PreemptionHasGrace);

    [Theory]
    [InlineData("", "")]
    [InlineData("slurm_load_ctl_conf error: Unable to contact slurm controller", "KillWait = many")]
    public void Nothing_is_as_Slurms_defaults(string config, string partition) => Assert.Equal(SlurmSite.Default, SlurmSite.Parse(config, partition));

    [Theory]
    [InlineData(true, false, 10)]
    [InlineData(true, true, 60)] // the signal comes: no need to ask often
    [InlineData(false, false, 60)]
    [InlineData(false, true, 60)]
    public void Slurm_is_asked_quickly_only_where_a_preemption_would_go_unheard(bool grace, bool hears, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), JobWatch.Interval(SlurmSite.Default with { PreemptionHasGrace = grace }, hears));
}
