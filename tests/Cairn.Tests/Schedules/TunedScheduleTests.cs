namespace Cairn.Tests.Schedules;

/// <summary>The schedules that go by what was measured, at simulated boundaries.</summary>
public class TunedScheduleTests
{
    public static TheoryData<SaveSchedule> Tuned => [SaveSchedule.Optimal(TimeSpan.FromHours(12)), SaveSchedule.WithinOverhead(3.5)];

    [Theory]
    [MemberData(nameof(Tuned))]
    public void As_long_as_nothing_is_measured_the_first_save_comes_soon(SaveSchedule schedule)
    {
        Assert.False(schedule.IsDue(new SaveMoment(109, 100, Seconds(59))));
        Assert.True(schedule.IsDue(new SaveMoment(110, 100, Seconds(0))));
        Assert.True(schedule.IsDue(new SaveMoment(101, 100, Seconds(60))));
        Assert.StartsWith("after 10 steps or 1 min at first, then ", schedule.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Tuned))]
    public void While_the_first_save_is_being_written_the_second_waits_for_its_times(SaveSchedule schedule)
    {
        var times = new MeasuredTimes { Step = Seconds(0.001), Stall = Seconds(0.02), LastStall = Seconds(0.02) };
        Assert.False(schedule.IsDue(new SaveMoment(5000, 10, Seconds(120)) { Measured = times }));
    }

    [Theory]
    // steps and saves (s) → first boundary that is due, by the time since the last save
    [InlineData(0.001, 0.02, 1, 41.6)] // √(2·0.02·43200)
    [InlineData(0.001, 0.02, 120, 120)] // no sooner than the one before is written
    [InlineData(30, 0.02, 1, 30)] // 60 is farther from 41.6 than 30
    [InlineData(600, 0.02, 1, 600)]
    [InlineData(0.001, 30, 30, 1590)]
    public void The_optimum_goes_by_what_the_loop_waits(double step, double stall, double save, double due)
    {
        var schedule = SaveSchedule.Optimal(TimeSpan.FromHours(12));
        var times = new MeasuredTimes { Step = Seconds(step), Stall = Seconds(stall), LastStall = Seconds(stall), Save = Seconds(stall + save) };
        var steps = 0;
        while (!schedule.IsDue(new SaveMoment(++steps, 0, Seconds(steps * step)) { Measured = times }))
        {
        }

        Assert.Equal(due, steps * step, due / 100);
    }

    [Fact]
    public void The_optimum_says_what_it_is_and_follows_the_cost()
    {
        var schedule = SaveSchedule.Optimal(TimeSpan.FromHours(12));
        var times = new MeasuredTimes { Step = Seconds(0.1), Stall = Seconds(0.02), Save = Seconds(1) };
        Assert.False(schedule.IsDue(new SaveMoment(0, 0, TimeSpan.Zero) { Measured = times }));
        Assert.Equal("every 42 s, at the optimum for an interruption in 12 h", schedule.ToString());
        Assert.False(schedule.IsDue(new SaveMoment(1, 0, Seconds(42)) { Measured = times with { Stall = Seconds(2) } }));
        Assert.Equal("every 6 min 54 s, at the optimum for an interruption in 12 h", schedule.ToString());
    }

    [Fact]
    public void Within_an_overhead_the_rule_holds_from_the_first_numbers_on()
    {
        var schedule = SaveSchedule.WithinOverhead(3.5);
        var times = new MeasuredTimes { Step = Seconds(0.1), Stall = Seconds(0.035), Save = Seconds(0.1) };
        Assert.False(schedule.IsDue(new SaveMoment(109, 100, Seconds(0.9)) { Measured = times }));
        Assert.True(schedule.IsDue(new SaveMoment(110, 100, Seconds(1)) { Measured = times }));
        Assert.Equal("every 10 steps, as often as 3.5 % overhead allow", schedule.ToString());
    }

    [Fact]
    public void A_save_that_slows_the_steps_down_comes_more_rarely_until_it_is_within_the_bound()
    {
        // 100 ms a step; the loop waits 35 ms, and the write behind slows it by 65 ms more: 100 ms a save, and 3.5 % of them are 29 steps.
        var training = new Training(SaveSchedule.WithinOverhead(3.5)) { Slowdown = Seconds(0.065) };
        var intervals = training.Saves(40);
        Assert.Equal([10, 10, 12, 14, 16, 18], intervals.Take(6)); // the first is a guess, the second the rule
        Assert.All(intervals.Skip(15), interval => Assert.InRange(interval, 29, 30));
    }

    [Fact]
    public void One_slow_moment_is_forgotten()
    {
        var training = new Training(SaveSchedule.WithinOverhead(3.5));
        Assert.All(training.Saves(5), interval => Assert.Equal(10, interval));
        training.Slowdown = Seconds(300); // an evaluation
        training.Saves(1);
        training.Slowdown = TimeSpan.Zero;
        Assert.Equal([12, 11, 10, 10], training.Saves(4));
    }

    [Fact]
    public void Asked_twice_at_a_boundary_it_says_the_same()
    {
        var training = new Training(SaveSchedule.WithinOverhead(3.5)) { Slowdown = Seconds(1), Asks = 2 };
        Assert.Equal([10, 10, 12, 14], training.Saves(4));
    }

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => SaveSchedule.Optimal(TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => SaveSchedule.WithinOverhead(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => SaveSchedule.WithinOverhead(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => SaveSchedule.WithinOverhead(101));
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    /// <summary>Steps of 100 ms, saves that the loop waits 35 ms for.</summary>
    private sealed class Training(SaveSchedule schedule)
    {
        private static readonly TimeSpan Step = Seconds(0.1);
        private static readonly TimeSpan Stall = Seconds(0.035);
        private static readonly MeasuredTimes Times = new() { Step = Step, Stall = Stall, LastStall = Stall, Save = Seconds(0.1) };
        private long done;
        private long saved;

        /// <summary>How much longer than alone the steps after a save take together.</summary>
        public TimeSpan Slowdown { get; set; }

        /// <summary>How often a boundary asks.</summary>
        public int Asks { get; init; } = 1;

        /// <summary>Trains on until so many saves were made.</summary>
        /// <returns>The steps between them.</returns>
        public List<long> Saves(int count)
        {
            var intervals = new List<long>();
            while (intervals.Count < count)
            {
                done++;
                var since = (Step * (done - saved)) + (saved == 0 ? TimeSpan.Zero : Slowdown);
                var moment = new SaveMoment(done, saved, since) { Measured = saved == 0 ? new MeasuredTimes { Step = Step } : Times };
                var answers = Enumerable.Range(0, Asks).Select(_ => schedule.IsDue(moment)).Distinct().ToList();
                if (!Assert.Single(answers))
                    continue;
                intervals.Add(done - saved);
                saved = done;
            }

            return intervals;
        }
    }
}
