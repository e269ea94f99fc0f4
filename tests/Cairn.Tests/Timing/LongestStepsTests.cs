using Cairn.Timing;

namespace Cairn.Tests.Timing;

/// <summary>The longest of the recent steps, and those that come rarely and take long: known, and expected.</summary>
public class LongestStepsTests
{
    [Fact]
    public void The_longest_step_is_forgotten_after_a_while()
    {
        var steps = new LongestSteps();
        Assert.Equal(0, steps.Recent);
        steps.Add(1000);
        for (var i = 0; i < 48; i++)
            steps.Add(1);
        Assert.Equal(1000, steps.Recent);
        for (var i = 0; i < 100; i++)
            steps.Add(2);
        Assert.Equal((2, 1000), (steps.Recent, steps.OfAll));
    }

    [Fact]
    public void A_long_step_that_comes_at_even_distances_is_expected()
    {
        var steps = new LongestSteps();
        for (var step = 0; step < 340; step++)
        {
            Assert.Equal(step is > 200 and <= 300 ? 300 : step > 300 ? 400 : long.MaxValue, steps.NextLong);
            steps.Add(step > 0 && step % 100 == 0 ? 5000 : 10 + (step % 3));
            steps.Learn(11);
        }

        Assert.Equal(5000, steps.OfAll);
    }

    [Fact]
    public void A_step_of_less_than_half_of_the_longest_is_none_of_its_kind()
    {
        var steps = new LongestSteps();
        for (var step = 0; step <= 200; step++)
        {
            steps.Add(step is 100 or 200 ? 5000 : step == 150 ? 2400 : 10);
            steps.Learn(10);
        }

        Assert.Equal(300, steps.NextLong);
    }

    [Fact]
    public void A_step_that_is_only_a_little_longer_is_none_of_another_kind()
    {
        var steps = new LongestSteps();
        for (var step = 0; step < 100; step++)
        {
            steps.Add(step % 10 == 0 ? 40 : 10);
            steps.Learn(13);
        }

        Assert.Equal(long.MaxValue, steps.NextLong);
    }
}
