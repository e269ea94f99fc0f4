using Cairn.Timing;
using CsCheck;

namespace Cairn.Tests.Timing;

public class RunningStatisticsTests
{
    [Fact]
    public void It_is_what_the_whole_list_would_give_however_it_is_divided() =>
        Gen.Select(Gen.Double[0, 1000].Array[1, 50], Gen.Double[0, 1000].Array[0, 50]).Sample((first, second) =>
        {
            double[] all = [.. first, .. second];
            var mean = all.Average();
            var statistics = Of(first).With(Of(second));
            Assert.Equal(all.Length, statistics.Count);
            Assert.Equal(mean, statistics.Mean, 1e-9 * 1000);
            Assert.Equal(Math.Sqrt(all.Average(value => (value - mean) * (value - mean))), statistics.Deviation, 1e-6);
            Assert.Equal(all.Max(), statistics.Longest);
        });

    [Fact]
    public void A_journals_line_gives_it_back()
    {
        var statistics = Of([1, 2, 3, 10]);
        var again = RunningStatistics.Of(statistics.Count, statistics.Mean, statistics.Deviation, statistics.Longest);
        Assert.Equal(statistics.Squares, again.Squares, 1e-12);
        Assert.Equal(statistics with { Squares = again.Squares }, again);
    }

    [Fact]
    public void Without_values_all_is_nothing()
    {
        Assert.Equal((0, 0, 0, 0), (default(RunningStatistics).Count, default(RunningStatistics).Mean, default(RunningStatistics).Deviation, default(RunningStatistics).Longest));
        Assert.Equal(default, default(RunningStatistics).With(default(RunningStatistics)));
    }

    private static RunningStatistics Of(double[] values) => values.Aggregate(default(RunningStatistics), (statistics, value) => statistics.With(value));
}
