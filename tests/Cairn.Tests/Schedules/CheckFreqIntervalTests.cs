using CsCheck;

namespace Cairn.Tests.Schedules;

public class CheckFreqIntervalTests
{
    [Theory]
    // step, stall, whole save (ms), bound (%) → steps between saves
    [InlineData(100, 0, 0, 3.5, 1)] // a save that costs nothing
    [InlineData(100, 10, 1010, 3.5, 10)] // ⌈(T_f − O)/T_i⌉: the write behind must end before the next
    [InlineData(100, 10, 1011, 3.5, 11)]
    [InlineData(100, 35, 100, 3.5, 10)] // ⌈O/(p·T_i)⌉: what the loop waits, spread
    [InlineData(100, 36, 100, 3.5, 11)]
    [InlineData(100, 20, 5000, 1, 50)] // the greater of both
    [InlineData(100, 100, 100, 100, 1)]
    [InlineData(60000, 500, 20000, 3.5, 1)] // long steps
    [InlineData(0, 10, 100, 3.5, 2857143)] // steps that take no time that could be measured
    public void So_many_steps_keep_the_overhead_within_the_bound(int step, int stall, int save, double percent, long steps) =>
        Assert.Equal(steps, CheckFreqInterval.Steps(Ms(step), Ms(stall), Ms(save), percent / 100));

    [Fact]
    public void The_steps_are_the_fewest_that_keep_both_bounds()
    {
        var times = Gen.Select(Gen.Int[1, 100_000], Gen.Int[0, 10_000], Gen.Int[0, 100_000], Gen.Double[0.001, 1]);
        times.Sample((step, stall, behind, share) =>
        {
            var steps = CheckFreqInterval.Steps(Ms(step), Ms(stall), Ms(stall + behind), share);
            Assert.True(Fits(steps));
            Assert.True(steps == 1 || !Fits(steps - 1));

            bool Fits(double k) => k * step >= behind && stall <= (k * step * share) + 1e-6;
        });
    }

    [Theory]
    // so many steps of 100 ms took so long with their save's stall, at most 10 % more allowed
    [InlineData(10, 1101, 2)] // too long
    [InlineData(10, 1100, 0)] // just within
    [InlineData(10, 1091, 0)] // would be too long at nine steps
    [InlineData(10, 1090, -1)] // would not
    [InlineData(10, 1000, -1)]
    [InlineData(10, 900, -1)] // steps can be faster than their mean
    [InlineData(1, 130, 2)]
    [InlineData(1, 105, 0)]
    public void What_the_steps_really_took_corrects_them(long steps, int took, int correction) =>
        Assert.Equal(correction, CheckFreqInterval.Correction(steps, Ms(100), Ms(took), 0.1));

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
