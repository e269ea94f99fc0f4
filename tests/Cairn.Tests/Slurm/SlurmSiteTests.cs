using Cairn.Slurm;

namespace Cairn.Tests.Slurm;

public class SlurmSiteTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

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
        var site = SlurmSite.Parse(Config, Partition(mode, grace), Now);
        Assert.Equal((TimeSpan.FromSeconds(10), cancels, hasGrace), (site.KillWait, site.PreemptionCancels, site.PreemptionHasGrace));
    }

    [Fact]
    public void What_a_site_says_in_front_is_passed_over() =>
        Assert.Equal(
            SlurmSite.Parse(Config, Partition("CANCEL", 20), Now),
            SlurmSite.Parse("Welcome, quota = 5 sec\n\n" + Config, "Welcome to the cluster\n\n" + Partition("CANCEL", 20), Now));

    [Fact]
    public void With_preemption_by_QOS_a_grace_may_come_that_no_command_tells_of() =>
        Assert.True(SlurmSite.Parse(Config.Replace("preempt/partition_prio", "preempt/qos", StringComparison.Ordinal), Partition("REQUEUE", 0), Now).PreemptionHasGrace);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 0)] // whole seconds, and an answer that takes a while: the same clock
    [InlineData(-3, 0)]
    [InlineData(40, 40)]
    [InlineData(-3600, -3600)]
    public void How_far_the_controllers_clock_is_ahead_is_known_by_its_answer(int ahead, int found)
    {
        var config = Config.Replace("2026-01-02T03:04:05", $"{Now.AddSeconds(ahead).ToUnixTimeSeconds()}", StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(found), SlurmSite.Parse(config, string.Empty, Now).ClockAhead);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("slurm_load_ctl_conf error: Unable to contact slurm controller", "KillWait = many")]
    public void Nothing_is_as_Slurms_defaults(string config, string partition) => Assert.Equal(SlurmSite.Default, SlurmSite.Parse(config, partition, Now));

    [Theory]
    [InlineData(true, false, false, 10)]
    [InlineData(true, true, false, 60)] // the signal comes: no need to ask often
    [InlineData(true, true, true, 10)] // the job's own signal, which may go to the batch shell alone
    [InlineData(false, false, false, 60)]
    [InlineData(false, true, false, 60)]
    [InlineData(false, true, true, 60)]
    public void Slurm_is_asked_quickly_only_where_a_preemption_would_go_unheard(bool grace, bool hears, bool ownSignal, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), JobWatch.Interval(SlurmSite.Default with { PreemptionHasGrace = grace, PreemptionSendsOwnSignal = ownSignal }, hears));

    [Theory]
    [InlineData("SlurmctldParameters     = preempt_send_user_signal", true)]
    [InlineData("SlurmctldParameters     = idle_on_node_suspend,preempt_send_user_signal", true)]
    [InlineData("SlurmctldParameters     = (null)", false)]
    public void Whether_a_preemption_sends_the_jobs_own_signal_is_known(string line, bool expected) =>
        Assert.Equal(expected, SlurmSite.Parse(Config + "\n" + line, string.Empty, Now).PreemptionSendsOwnSignal);
}
