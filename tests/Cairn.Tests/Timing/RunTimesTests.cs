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

    private RunTimes Begin(int longestBefore, int? left)
    {
        var times = new RunTimes(time);
        times.BeginWithSteps(new RunningStatistics(3, 1, 0, longestBefore), TimeSpan.FromSeconds(longestBefore), left is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        times.StepBegins();
        return times;
    }

    private void Step(RunTimes times, int seconds)
    {
        time.Advance(TimeSpan.FromSeconds(seconds));
        times.StepEnded(whileSaving: false);
    }
}
