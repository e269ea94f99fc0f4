using CsCheck;

namespace Cairn.Tests.Schedules;

public class DalyIntervalTests
{
    [Theory]
    // cost of a save, mean time between interruptions, the optimum (Lambert's W with 50 digits), in seconds
    [InlineData(0.02, 43200, 41.5558871176)]
    [InlineData(60, 86400, 3180.06273231)]
    [InlineData(300, 86400, 7001.4043996)]
    [InlineData(5, 3600, 186.418069666)]
    [InlineData(1800, 3600, 2513.84557434)]
    [InlineData(7200, 3600, 3411.11124915)] // δ = 2M, from where the high-order formula says M
    [InlineData(36000, 3600, 3599.93987287)]
    [InlineData(0, 3600, 0)] // what costs nothing can be done always
    [InlineData(0.0000001, 31536000, 2.51141387771)] // at the branch point: δ/M = 3e-15
    public void The_optimum_by_cost_and_interruptions(double cost, double between, double seconds) =>
        Assert.Equal(seconds, DalyInterval.Of(TimeSpan.FromSeconds(cost), TimeSpan.FromSeconds(between)).TotalSeconds, 6);

    [Theory]
    [InlineData(1e-20, 1.41421356230643e-10)]
    [InlineData(1e-9, 4.47206928858137e-5)]
    [InlineData(1e-4, 0.014075547672763)]
    [InlineData(1e-3, 0.0440571922590481)]
    [InlineData(1e-2, 0.134834751066835)]
    [InlineData(1, 0.841405660436961)]
    [InlineData(3, 0.981339370911317)]
    [InlineData(1e9, 1)]
    [InlineData(double.PositiveInfinity, 1)]
    public void It_is_exact_from_the_branch_point_to_infinity(double a, double fraction) =>
        Assert.Equal(1, DalyInterval.Fraction(a) / fraction, 1e-12);

    [Fact]
    public void Series_and_iteration_meet() =>
        Assert.Equal(1, DalyInterval.Fraction(0.002) / DalyInterval.Fraction(Math.BitDecrement(0.002)), 1e-12);

    [Theory]
    [InlineData(1e-9, 1e-12)]
    [InlineData(1e-4, 2e-8)]
    [InlineData(1e-2, 2e-5)]
    [InlineData(0.1, 0.0005)]
    [InlineData(0.5, 0.006)]
    [InlineData(1, 0.02)]
    [InlineData(1.99, 0.062)] // where the formula is at its worst
    [InlineData(2, 0.056)]
    [InlineData(10, 1e-4)]
    public void The_high_order_formula_comes_near_it(double a, double difference) =>
        Assert.InRange((HighOrder(a) / DalyInterval.Fraction(a)) - 1, -difference, difference);

    [Fact]
    public void No_other_interval_has_a_smaller_expected_time() => Ratios.Sample(a =>
    {
        var (optimum, searched) = (DalyInterval.Fraction(a), Minimum(y => ExpectedTime(y, a)));
        Assert.Equal(1, optimum / searched, 1e-4); // a minimum is flat: a search sees half the digits
    });

    [Fact]
    public void It_rises_with_the_cost_and_never_reaches_the_time_between_interruptions() => Gen.Select(Ratios, Gen.Double[1.0001, 10]).Sample((a, more) =>
    {
        Assert.True(DalyInterval.Fraction(a) < DalyInterval.Fraction(a * more));
        Assert.InRange(DalyInterval.Fraction(a), 0, 1);
    });

    // From a save of milliseconds in a year to one that takes as long as the time between interruptions.
    private static Gen<double> Ratios => Gen.Double[-9, 0].Select(exponent => Math.Pow(10, exponent));

    // Daly's expected time to the end over T, with times in units of M; R is a factor that does not depend on the interval.
    private static double ExpectedTime(double interval, double cost) => ExpM1(interval + cost) / interval;

    private static double ExpM1(double x) => Math.Abs(x) > 1e-3 ? Math.Exp(x) - 1 : x * (1 + (x / 2 * (1 + (x / 3 * (1 + (x / 4))))));

    private static double HighOrder(double a) => a < 2 ? (Math.Sqrt(2 * a) * (1 + (Math.Sqrt(a / 2) / 3) + (a / 18))) - a : 1;

    private static double Minimum(Func<double, double> function)
    {
        var (low, high) = (1e-7, 1.0);
        for (var i = 0; i < 200; i++)
        {
            var (left, right) = (low * Math.Pow(high / low, 1 / 3.0), low * Math.Pow(high / low, 2 / 3.0));
            if (function(left) < function(right))
                high = right;
            else
                low = left;
        }

        return low;
    }
}
