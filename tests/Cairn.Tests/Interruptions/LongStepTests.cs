using Cairn.Interruptions;

namespace Cairn.Tests.Interruptions;

/// <summary>Steps that come rarely and take long: known, expected, and saved before.</summary>
public class LongStepTests
{
    [Theory]
    [InlineData(null, 600, 1, 10, false)] // no limit
    [InlineData(1000, 600, 1, 10, false)] // it fits
    [InlineData(610, 600, 1, 10, false)]
    [InlineData(608, 600, 1, 10, true)] // it would end where the stop must begin
    [InlineData(100, 600, 1, 10, true)]
    [InlineData(5, 600, 600, 610, false)] // the stop allows for it anyway
    [InlineData(5, 0, 0, 10, false)] // nothing is known
    public void A_step_as_long_as_one_before_may_not_fit(int? left, int longest, int longestRecent, int reserve, bool expected) =>
        Assert.Equal(expected, LongStepGuard.IsNear(Seconds(left), Seconds(longest)!.Value, Seconds(longestRecent)!.Value, Seconds(reserve)!.Value));

    [Theory]
    [InlineData(false, 10, 640, null, null, true)]
    [InlineData(false, 9, 640, null, null, false)]
    [InlineData(true, 0, 640, 100.0, 100.0, true)] // it is the next one
    [InlineData(false, 10, 640, 0.5, 1.0, true)]
    [InlineData(false, 10, 640, 0.6, 1.0, false)] // saves would cost more than a twentieth
    [InlineData(false, 10, 640, 0.1, 6.0, false)] // and be written most of the time
    public void Saves_before_it_come_as_often_as_their_cost_allows(bool isNext, double since, int longest, double? stall, double? save, bool expected) =>
        Assert.Equal(expected, LongStepGuard.IsDue(isNext, TimeSpan.FromSeconds(since), Seconds(longest)!.Value, Of(stall), Of(save)));

    [Fact]
    public void A_long_step_that_comes_at_even_distances_is_expected()
    {
        var steps = new LongSteps();
        for (var step = 0; step < 340; step++)
        {
            Assert.Equal(step is > 200 and <= 300 ? 300 : step > 300 ? 400 : long.MaxValue, steps.Next);
            steps.Add(step, step > 0 && step % 100 == 0 ? 5000 : 10 + (step % 3));
            steps.Learn(11);
        }

        Assert.Equal(5000, steps.Longest);
    }

    [Fact]
    public void A_step_that_is_only_a_little_longer_is_none_of_another_kind()
    {
        var steps = new LongSteps();
        for (var step = 0; step < 100; step++)
        {
            steps.Add(step, step % 10 == 0 ? 40 : 10);
            steps.Learn(13);
        }

        Assert.Equal(long.MaxValue, steps.Next);
    }

    private static TimeSpan? Seconds(int? seconds) => Of(seconds);

    private static TimeSpan? Of(double? seconds) => seconds is { } known ? TimeSpan.FromSeconds(known) : null;
}
