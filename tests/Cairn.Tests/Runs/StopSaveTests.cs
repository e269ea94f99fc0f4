using Cairn.Runs;

namespace Cairn.Tests.Runs;

public class StopSaveTests
{
    [Theory]
    // left, in flight for, the longest save so far → is there time for the newest step after the one in flight?
    [InlineData(null, 5.0, 10.0, true)] // no limit
    [InlineData(1.0, null, 10.0, true)] // nothing in flight: nothing to lose by trying
    [InlineData(30.0, 5.0, 10.0, true)] // 5 s more, then 10 s and a quarter
    [InlineData(17.5, 5.0, 10.0, true)]
    [InlineData(17.0, 5.0, 10.0, false)]
    [InlineData(17.0, 9.0, 10.0, true)]
    [InlineData(25.0, 12.0, 10.0, false)] // longer than any before: as long again, and then as long as that
    [InlineData(60.0, 12.0, 10.0, true)]
    [InlineData(14.0, 4.0, null, true)] // nothing measured
    [InlineData(13.0, 4.0, null, false)]
    [InlineData(-1.0, 1.0, 1.0, false)]
    public void The_older_save_stands_in_only_when_the_newest_step_does_not_fit(double? left, double? inFlight, double? usual, bool fits) =>
        Assert.Equal(fits, StopSave.FitsNewest(Seconds(left), Seconds(inFlight), Seconds(usual)));

    private static TimeSpan? Seconds(double? seconds) => seconds is { } s ? TimeSpan.FromSeconds(s) : null;
}
