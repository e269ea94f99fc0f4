using Cairn.Cli.Wrapper.Decisions;
using Cairn.Slurm;

namespace Cairn.Cli.Tests.Wrapper;

public class MomentsTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20000);
    private static readonly SlurmSite Site = SlurmSite.Default with { KillWait = TimeSpan.FromSeconds(30) };

    [Theory]
    [InlineData(null, null, 60)]
    [InlineData(null, 3600, 60)]
    [InlineData(null, 300, 60)]
    [InlineData(null, 60, 12)]
    [InlineData(120, 60, 30)] // half of the time is for work
    [InlineData(120, 240, 120)]
    [InlineData(5, null, 5)]
    public void The_lead(int? chosen, int? wallTime, int expected) =>
        Assert.Equal(TimeSpan.FromSeconds(expected), Moments.Lead(Seconds(chosen), Seconds(wallTime)));

    [Theory]
    [InlineData(30, 60, false)]
    [InlineData(31, 60, true)]
    [InlineData(31, null, false)]
    [InlineData(null, 60, false)]
    public void A_lead_of_more_than_half_of_the_time_is_too_long(int? chosen, int? wallTime, bool tooLong) =>
        Assert.Equal(tooLong, Moments.IsTooLong(Seconds(chosen), Seconds(wallTime)));

    [Theory]
    [InlineData(2, 1)]
    [InlineData(10, 2)]
    [InlineData(30, 5)]
    [InlineData(600, 5)]
    public void The_reserve(int span, int expected) => Assert.Equal(TimeSpan.FromSeconds(expected), Moments.Reserve(TimeSpan.FromSeconds(span)));

    // Seconds from now. The job's end is 100 s away, a TERM came now; a preemption kills in 20 s, which is then the job's end.
    [Theory]
    [InlineData("", "running", true, 100, null)]
    [InlineData("", "running", false, 100, 95)]
    [InlineData("", null, false, 100, 95)]
    [InlineData("term", "limit", true, 30, 25)]
    [InlineData("term", "limit", false, 30, 25)]
    [InlineData("term", null, true, 30, 25)]
    [InlineData("term", "running", true, 100, null)]
    [InlineData("term", "running before", true, 30, 25)]
    [InlineData("", "preempted", true, 20, 16)]
    [InlineData("term", "preempted", true, 20, 16)]
    [InlineData("term", "preempted", false, 20, 16)]
    [InlineData("term", "pending", true, 30, null)]
    public void Deadline_and_last_call(string came, string? slurm, bool hearsTerm, int deadline, int? lastCall)
    {
        IReadOnlyList<Interruption> received = came == "term" ? [new(InterruptionKind.Terminate, Now, "TERM", "TERM") { Heard = 10 }] : [];
        var end = Now.AddSeconds(slurm == "preempted" ? 20 : 100);
        var status = slurm switch
        {
            "running" => new JobStatus(Now, "RUNNING", EndTime: end) { AskedOn = 11 },
            "running before" => new JobStatus(Now, "RUNNING", EndTime: end) { AskedOn = 9 },
            "limit" => new JobStatus(Now, "COMPLETING", "TimeLimit", EndTime: Now) { AskedOn = 11 },
            "preempted" => new JobStatus(Now, "RUNNING", EndTime: end, PreemptTime: Now) { AskedOn = 11 },
            "pending" => new JobStatus(Now, "PENDING") { AskedOn = 11 },
            _ => null,
        };
        var at = Moments.Deadline(end, status, received, Site);
        Assert.Equal(Now.AddSeconds(deadline), at);
        Assert.Equal(lastCall is { } seconds ? Now.AddSeconds(seconds) : null, Moments.LastCall(at, status, received, Site, TimeSpan.FromSeconds(60), hearsTerm));
    }

    [Fact]
    public void Without_an_end_there_is_no_last_call()
    {
        Assert.Null(Moments.Deadline(null, null, [], Site));
        Assert.Null(Moments.LastCall(null, null, [], Site, TimeSpan.FromSeconds(60), hearsTerm: false));
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(20, 4)]
    [InlineData(60, 5)]
    public void The_last_call_comes_behind_the_warning(double lead, double before) =>
        Assert.Equal(Now.AddSeconds(100 - before), Moments.LastCall(Now.AddSeconds(100), null, [], Site, TimeSpan.FromSeconds(lead), hearsTerm: false));

    private static TimeSpan? Seconds(int? seconds) => seconds is { } known ? TimeSpan.FromSeconds(known) : null;
}
