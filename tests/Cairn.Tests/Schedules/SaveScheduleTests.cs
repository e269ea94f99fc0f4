namespace Cairn.Tests.Schedules;

public class SaveScheduleTests
{
    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(9, 0, false)]
    [InlineData(10, 0, true)]
    [InlineData(11, 10, false)]
    [InlineData(20, 13, true)]
    public void Every_ten_steps_is_due_on_the_grid(long done, long saved, bool due) =>
        Assert.Equal(due, SaveSchedule.EverySteps(10).IsDue(new SaveMoment(done, saved, TimeSpan.Zero)));

    [Theory]
    [InlineData(59, false)]
    [InlineData(60, true)]
    [InlineData(3600, true)]
    public void Every_minute_is_due_by_the_time_since_the_last_save(int seconds, bool due) =>
        Assert.Equal(due, SaveSchedule.Every(TimeSpan.FromMinutes(1)).IsDue(new SaveMoment(1, 0, TimeSpan.FromSeconds(seconds))));

    [Theory]
    [InlineData(10, 0, true)]
    [InlineData(3, 60, true)]
    [InlineData(3, 59, false)]
    public void Any_of_several_is_due_when_one_is(long done, int seconds, bool due)
    {
        var schedule = SaveSchedule.Any(SaveSchedule.EverySteps(10), SaveSchedule.Every(TimeSpan.FromMinutes(1)));
        Assert.Equal(due, schedule.IsDue(new SaveMoment(done, 0, TimeSpan.FromSeconds(seconds))));
        Assert.Equal("every 10 steps or every 1 min", schedule.ToString());
    }

    [Fact]
    public void Never_is_never_due() =>
        Assert.False(SaveSchedule.Never.IsDue(new SaveMoment(long.MaxValue, 0, TimeSpan.MaxValue)));

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => SaveSchedule.EverySteps(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => SaveSchedule.Every(TimeSpan.Zero));
        Assert.Throws<ArgumentException>(() => SaveSchedule.Any());
    }
}
