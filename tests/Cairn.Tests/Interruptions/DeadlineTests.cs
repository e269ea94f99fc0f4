using Cairn.Interruptions;

namespace Cairn.Tests.Interruptions;

public class DeadlineTests
{
    private static TimeSpan? Seconds(double? seconds) => seconds is { } s ? TimeSpan.FromSeconds(s) : null;

    [Theory]
    // left, longest step, longest save, wall time, margin
    [InlineData(null, 1, 1.0, 3600.0, null, false)] // no limit
    [InlineData(3600.0, 1, null, 43200.0, null, false)]
    [InlineData(59.0, 1, null, 43200.0, null, true)] // nothing measured: a minute
    [InlineData(61.0, 1, null, 43200.0, null, false)]
    [InlineData(3.9, 0.1, null, 20.0, null, true)] // or a fifth of a short job
    [InlineData(4.1, 0.1, null, 20.0, null, false)]
    [InlineData(95.0, 100, null, 43200.0, null, true)] // a step that is longer than the guess
    [InlineData(106.0, 100, null, 43200.0, null, false)]
    [InlineData(35.9, 1, 20.0, 43200.0, null, true)] // measured: a step, a save and a half, five seconds
    [InlineData(36.1, 1, 20.0, 43200.0, null, false)]
    [InlineData(2.1, 0.1, 0.7, 20.0, null, true)] // slack is a twentieth of a short job
    [InlineData(2.2, 0.1, 0.7, 20.0, null, false)]
    [InlineData(119.0, 1, 1.0, 43200.0, 120.0, true)] // what the user asked for
    [InlineData(121.0, 500, 1.0, 43200.0, 120.0, false)]
    [InlineData(-5.0, 1, 1.0, 43200.0, null, true)] // passed already
    [InlineData(59.0, 1, null, null, null, true)] // wall time unknown
    public void The_deadline_is_near_when_the_rest_is_needed(double? left, double step, double? save, double? wall, double? margin, bool near) =>
        Assert.Equal(near, DeadlineGuard.IsNear(Seconds(left), Seconds(margin) ?? DeadlineGuard.Reserve(TimeSpan.FromSeconds(step), Seconds(save), Seconds(wall))));

    [Fact]
    public void The_longest_step_is_forgotten_after_a_while()
    {
        var steps = new RecentSteps();
        Assert.Equal(0, steps.Longest);
        steps.Add(1000);
        for (var i = 0; i < 48; i++)
            steps.Add(1);
        Assert.Equal(1000, steps.Longest);
        for (var i = 0; i < 100; i++)
            steps.Add(2);
        Assert.Equal(2, steps.Longest);
    }
}
