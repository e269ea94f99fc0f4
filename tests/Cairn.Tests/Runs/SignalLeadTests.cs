using Cairn.Runs;

namespace Cairn.Tests.Runs;

public class SignalLeadTests
{
    [Theory]
    // lead, longest step, longest save, wall time (s) → too short? what to ask for
    [InlineData(36, 1, 20, 43200.0, false, 40)] // a step, a save and a half, 5 s
    [InlineData(35.9, 1, 20, 43200.0, true, 40)]
    [InlineData(60, 100, 1, 43200.0, true, 110)] // a long step
    [InlineData(60, 0.1, 1, null, false, 10)]
    [InlineData(3, 0.1, 1, 20.0, false, 10)] // a short job
    [InlineData(-2, 0.1, 1, 20.0, true, 10)] // came after the end that was known
    public void A_lead_must_hold_a_step_and_a_save(double lead, double step, double save, double? wallTime, bool isShort, int ask)
    {
        var judged = new SignalLead(Seconds(lead), Seconds(step), Seconds(save), wallTime is { } wall ? Seconds(wall) : null);
        Assert.Equal(isShort, judged.IsShort);
        Assert.EndsWith($"--signal=USR2@{ask} or more", judged.Advice("USR2"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_advice_has_the_numbers() => Assert.Equal(
        "USR1 came 12 s before the end, but a step (2 s) and a save (18 s) need about 34 s: let it come earlier, with --signal=USR1@40 or more",
        new SignalLead(Seconds(12), Seconds(2), Seconds(18), null).Advice("USR1"));

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
