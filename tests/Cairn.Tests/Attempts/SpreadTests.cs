using Cairn.Attempts;
using CsCheck;

namespace Cairn.Tests.Attempts;

public class SpreadTests
{
    [Fact]
    public void It_is_what_the_whole_list_would_give_however_it_is_divided() =>
        Gen.Select(Gen.Double[0, 1000].Array[1, 50], Gen.Double[0, 1000].Array[0, 50]).Sample((first, second) =>
        {
            double[] all = [.. first, .. second];
            var mean = all.Average();
            var spread = Of(first).With(Of(second));
            Assert.Equal(all.Length, spread.Count);
            Assert.Equal(mean, spread.Mean, 1e-9 * 1000);
            Assert.Equal(Math.Sqrt(all.Average(value => (value - mean) * (value - mean))), spread.Deviation, 1e-6);
            Assert.Equal(all.Max(), spread.Longest);
        });

    [Fact]
    public void A_journals_line_gives_it_back()
    {
        var spread = Of([1, 2, 3, 10]);
        var again = Spread.Of(spread.Count, spread.Mean, spread.Deviation, spread.Longest);
        Assert.Equal(spread.Squares, again.Squares, 1e-12);
        Assert.Equal(spread with { Squares = again.Squares }, again);
    }

    [Fact]
    public void Without_values_all_is_nothing()
    {
        Assert.Equal((0, 0, 0, 0), (default(Spread).Count, default(Spread).Mean, default(Spread).Deviation, default(Spread).Longest));
        Assert.Equal(default, default(Spread).With(default(Spread)));
    }

    private static Spread Of(double[] values) => values.Aggregate(default(Spread), (spread, value) => spread.With(value));
}
