using Cairn.Timing;
using Microsoft.Extensions.Time.Testing;

namespace Cairn.Tests.Timing;

/// <summary>What an attempt takes for its longest step: what is known from before, and soon its own steps alone.</summary>
public class RunTimesTests
{
    private readonly FakeTimeProvider time = new();

    [Theory]
    [InlineData(27, null, 27)]
    [InlineData(27, 3600, 27)]
    [InlineData(27, 40, 20)]
    [InlineData(27, -1, 0)]
    [InlineData(2, 40, 2)]
    public void The_longest_step_before_counts_for_half_of_the_time_at_most(int longestBefore, int? left, int expected)
    {
        var times = Begin(longestBefore, left);
        Assert.Equal(TimeSpan.FromSeconds(expected), times.LongestRecentStep);
    }

    [Fact]
    public void Ten_steps_of_its_own_outweigh_those_before()
    {
        var times = Begin(longestBefore: 27, left: 3600);
        for (var step = 1; step <= 10; step++)
        {
            Assert.Equal(27, times.LongestRecentStep.TotalSeconds);
            Step(times, 1);
        }

        Assert.Equal(1, times.LongestRecentStep.TotalSeconds);
    }

    [Fact]
    public void A_longer_step_of_its_own_counts_at_once()
    {
        var times = Begin(longestBefore: 2, left: 3600);
        Step(times, 5);
        Assert.Equal(5, times.LongestRecentStep.TotalSeconds);
    }

    [Fact]
    public void Without_an_attempt_before_nothing_is_known()
    {
        var times = new RunTimes(time);
        times.BeginWithSteps(default, TimeSpan.Zero, TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.Zero, times.LongestRecentStep);
    }

    [Fact]
    public void A_look_is_due_four_times_a_second()
    {
        var times = Begin(longestBefore: 1, left: null);
        Assert.True(times.StepEnded(whileSaving: false));
        time.Advance(TimeSpan.FromMilliseconds(249));
        Assert.False(times.StepEnded(whileSaving: false));
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(times.StepEnded(whileSaving: false));
    }

    [Fact]
    public void The_mean_is_of_the_steps_in_which_no_save_was_written_and_the_statistics_are_of_all()
    {
        var times = new RunTimes(time);
        times.StepBegins();
        Step(times, 2);
        Step(times, 4);
        Step(times, 90, whileSaving: true);
        Assert.Equal(3, times.Measured.Step!.Value.TotalSeconds);
        Assert.Equal((3, 32.0, 90.0), times.TakeStepStatistics() is var all ? (all.Count, all.Mean, all.Longest) : default);
        Assert.Equal(0, times.TakeStepStatistics().Count);
    }

    [Fact]
    public void Saves_before_are_known_and_fade_under_those_of_this_attempt()
    {
        var times = new RunTimes(time);
        Assert.Equal((null, MeasuredTimes.None), (times.LongestSave, times.Measured));
        times.BeginWithSaves(new RunningStatistics(3, 1, 0, 2), new RunningStatistics(3, 6, 0, 8));
        Assert.Equal((8, 1, 6), (times.LongestSave!.Value.TotalSeconds, times.Measured.Stall!.Value.TotalSeconds, times.Measured.Save!.Value.TotalSeconds));
        times.AddStall(TimeSpan.FromSeconds(3));
        times.AddSave(TimeSpan.FromSeconds(10));
        times.AddSave(TimeSpan.FromSeconds(2));
        Assert.Equal(10, times.LongestSave!.Value.TotalSeconds);
        Assert.Equal(new MeasuredTimes { Stall = TimeSpan.FromSeconds(2), LastStall = TimeSpan.FromSeconds(3), Save = TimeSpan.FromSeconds(6) }, times.Measured);
    }

    private RunTimes Begin(int longestBefore, int? left)
    {
        var times = new RunTimes(time);
        times.BeginWithSteps(new RunningStatistics(3, 1, 0, longestBefore), TimeSpan.FromSeconds(longestBefore), left is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        times.StepBegins();
        return times;
    }

    private void Step(RunTimes times, int seconds, bool whileSaving = false)
    {
        time.Advance(TimeSpan.FromSeconds(seconds));
        times.StepEnded(whileSaving);
    }
}
