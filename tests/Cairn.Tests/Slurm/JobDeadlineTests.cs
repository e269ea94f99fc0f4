using Cairn.Slurm;
using Microsoft.Extensions.Time.Testing;

namespace Cairn.Tests.Slurm;

public class JobDeadlineTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan KillWait = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider time = new(Start);
    private (long On, TimeSpan Length) stoodStill;

    private JobDeadline Deadline(TimeSpan? limit = null) =>
        new(new SlurmJob("17", "17", null, 0, 0, 1, null, "main", limit is null ? null : Start, Start + limit), time, StoodStillSince);

    private TimeSpan StoodStillSince(long timestamp) => stoodStill.On > timestamp ? stoodStill.Length : TimeSpan.Zero;

    private JobStatus Says(string state, TimeSpan end, bool preempted = false) =>
        new(time.GetUtcNow(), state, StartTime: Start, EndTime: Start + end, PreemptTime: preempted ? time.GetUtcNow() : null) { AskedOn = time.GetTimestamp() };

    [Fact]
    public void The_end_is_the_environments_until_Slurm_says_otherwise()
    {
        var deadline = Deadline(TimeSpan.FromHours(1));
        Assert.Equal((Start.AddHours(1), TimeSpan.FromHours(1), TimeSpan.FromHours(1)), (deadline.At, deadline.Left, deadline.WallTime));
        deadline.Learn(Says("RUNNING", TimeSpan.FromHours(2)));
        Assert.Equal((Start.AddHours(2), TimeSpan.FromHours(2), TimeSpan.FromHours(2)), (deadline.At, deadline.Left, deadline.WallTime));
        deadline.Learn(Says("RUNNING", TimeSpan.FromMinutes(30)));
        Assert.Equal(TimeSpan.FromMinutes(30), deadline.Left);
    }

    [Fact]
    public void What_stood_still_ends_later_until_Slurm_says_when()
    {
        var deadline = Deadline(TimeSpan.FromHours(1));
        time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(TimeSpan.FromHours(-1), deadline.Left);
        stoodStill = (time.GetTimestamp(), TimeSpan.FromHours(1.5));
        Assert.Equal((Start.AddHours(2.5), TimeSpan.FromHours(0.5)), (deadline.At, deadline.Left));
        deadline.Learn(Says("RUNNING", TimeSpan.FromHours(2.1)));
        Assert.Equal(TimeSpan.FromHours(0.1), deadline.Left);
    }

    [Fact]
    public void Without_a_limit_there_is_none()
    {
        var deadline = Deadline();
        Assert.Equal((null, null, null), (deadline.At, deadline.Left, deadline.WallTime));
        deadline.Learn(new JobStatus(Start, "RUNNING"));
        Assert.Null(deadline.At);
    }

    [Fact]
    public void After_a_TERM_at_the_limit_KillWait_is_left()
    {
        var deadline = Deadline(TimeSpan.FromHours(1));
        time.Advance(TimeSpan.FromMinutes(61)); // Slurm comes late
        deadline.Terminated(time.GetUtcNow(), time.GetTimestamp(), KillWait);
        deadline.Learn(Says("COMPLETING", TimeSpan.FromMinutes(61)));
        Assert.Equal(KillWait, deadline.Left);
    }

    [Fact]
    public void In_the_grace_of_a_preemption_the_end_that_Slurm_names_holds()
    {
        var deadline = Deadline(TimeSpan.FromHours(1));
        time.Advance(TimeSpan.FromMinutes(10));
        deadline.Terminated(time.GetUtcNow(), time.GetTimestamp(), KillWait);
        Assert.Equal(KillWait, deadline.Left); // until Slurm has answered
        deadline.Learn(Says("RUNNING", TimeSpan.FromMinutes(12), preempted: true));
        Assert.Equal(TimeSpan.FromMinutes(2), deadline.Left);
    }

    [Fact]
    public void An_answer_from_before_the_TERM_does_not_lengthen_the_time()
    {
        var deadline = Deadline(TimeSpan.FromHours(1));
        var early = Says("RUNNING", TimeSpan.FromHours(1));
        time.Advance(TimeSpan.FromSeconds(1));
        deadline.Terminated(time.GetUtcNow(), time.GetTimestamp(), KillWait);
        deadline.Learn(early);
        Assert.Equal(KillWait, deadline.Left);
    }

    [Theory]
    [InlineData(40, 10)] // the clock jumps ahead: the wall clock says less, and Slurm is asked before anything is done
    [InlineData(-40, 50)] // and back: the monotonic clock knows how long it was
    public void When_the_clock_jumps_the_lesser_time_counts(int jump, int left)
    {
        var clock = new JumpingClock(Start);
        var deadline = new JobDeadline(new SlurmJob("17", "17", null, 0, 0, 1, null, "main", Start, Start.AddMinutes(60)), clock, _ => TimeSpan.Zero);
        clock.Advance(TimeSpan.FromMinutes(10));
        clock.Jump += TimeSpan.FromMinutes(jump);
        Assert.Equal(TimeSpan.FromMinutes(left), deadline.Left);

        // A fresh answer puts both right: Slurm's instants are the wall clock's.
        deadline.Learn(new JobStatus(clock.GetUtcNow(), "RUNNING", StartTime: Start, EndTime: clock.GetUtcNow().AddMinutes(50)) { AskedOn = clock.GetTimestamp() });
        Assert.Equal(TimeSpan.FromMinutes(50), deadline.Left);
    }

    [Fact]
    public void After_a_TERM_a_clock_that_was_set_changes_nothing()
    {
        var clock = new JumpingClock(Start);
        var deadline = new JobDeadline(new SlurmJob("17", "17", null, 0, 0, 1, null, "main", Start, Start.AddMinutes(60)), clock, _ => TimeSpan.Zero);
        deadline.Learn(new JobStatus(clock.GetUtcNow(), "RUNNING", EndTime: Start.AddHours(1)) { AskedOn = clock.GetTimestamp() });
        clock.Jump = TimeSpan.FromHours(-1); // by the wall clock that answer is of later than the TERM
        clock.Advance(TimeSpan.FromSeconds(1));
        deadline.Terminated(clock.GetUtcNow(), clock.GetTimestamp(), KillWait);
        Assert.Equal(KillWait, deadline.Left);
        clock.Jump = TimeSpan.FromHours(1);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(TimeSpan.FromSeconds(20), deadline.Left);
    }

    [Fact]
    public void A_second_TERM_counts_only_if_the_job_went_on_after_the_first()
    {
        var deadline = Deadline(TimeSpan.FromHours(1));
        deadline.Terminated(time.GetUtcNow(), time.GetTimestamp(), KillWait);
        time.Advance(TimeSpan.FromSeconds(10));
        deadline.Terminated(time.GetUtcNow(), time.GetTimestamp(), KillWait);
        Assert.Equal(TimeSpan.FromSeconds(20), deadline.Left);
        deadline.Learn(Says("RUNNING", TimeSpan.FromMinutes(2), preempted: true));
        time.Advance(TimeSpan.FromSeconds(110)); // the end of the grace
        deadline.Terminated(time.GetUtcNow(), time.GetTimestamp(), KillWait);
        Assert.Equal(KillWait, deadline.Left);
    }

    private sealed class JumpingClock(DateTimeOffset start) : FakeTimeProvider(start)
    {
        public TimeSpan Jump { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Jump;

        public override long GetTimestamp() => base.GetUtcNow().Ticks;
    }
}
