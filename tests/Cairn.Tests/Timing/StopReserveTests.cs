using Cairn.Timing;

namespace Cairn.Tests.Timing;

/// <summary>What must happen before a job's end, and how long before it.</summary>
public class StopReserveTests
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
    public void The_end_is_near_when_the_rest_is_needed(double? left, double step, double? save, double? wall, double? margin, bool near)
    {
        var reserve = new StopReserve { LongestStep = TimeSpan.FromSeconds(step), LongestSave = Seconds(save), WallTime = Seconds(wall), Window = TimeSpan.Zero, Margin = Seconds(margin) };
        Assert.Equal(near, Seconds(left) < reserve.Stop);
    }

    [Theory]
    // window, stop as it is without steps and saves, forced end of a step, of a save, a save is given up; margin
    [InlineData(null, 10, 6, 2, 3, null)]
    [InlineData(3600.0, 10, 6, 2, 3, null)]
    [InlineData(24.0, 8, 6, 2, 3, null)]
    [InlineData(12.0, 4, 3, 1, 1.5, null)]
    [InlineData(3600.0, 4, 3, 2, 3, 4.0)] // the margin is the user's: its steps go on till then
    [InlineData(3600.0, 100, 6, 2, 3, 100.0)]
    public void The_last_seconds_are_shared_out(double? window, double stop, double forceStep, double forceSave, double giveUpSave, double? margin)
    {
        var reserve = new StopReserve { LongestSave = TimeSpan.Zero, WallTime = TimeSpan.Zero, Window = Seconds(window), Margin = Seconds(margin) };
        Assert.Equal(
            (stop, forceStep, forceSave, giveUpSave),
            (reserve.Stop.TotalSeconds, reserve.ForceStep.TotalSeconds, reserve.ForceSave.TotalSeconds, reserve.GiveUpSave.TotalSeconds));
    }

    [Theory]
    [InlineData(9.4, 0.001, 100)]
    [InlineData(9.4, 0.001, 30)]
    [InlineData(60, 0.5, 43200)]
    [InlineData(60, 3, 43200)]
    [InlineData(60, 300, 43200)]
    [InlineData(0.1, 5, 40)]
    [InlineData(2, 0.5, 12)]
    public void A_step_that_begins_just_before_the_stop_ends_and_is_saved_before_anything_is_forced(double step, double save, double wall)
    {
        var reserve = new StopReserve { LongestStep = TimeSpan.FromSeconds(step), LongestSave = Seconds(save), WallTime = Seconds(wall), Window = Seconds(wall) };
        var left = reserve.Stop - reserve.LongestStep;
        Assert.True(left >= reserve.ForceStep * 1.3, $"the step ends {left} before the end, and is forced {reserve.ForceStep} before it");
        Assert.True(left - reserve.LongestSave!.Value >= reserve.GiveUpSave, $"it is saved {left - reserve.LongestSave} before the end, and given up {reserve.GiveUpSave} before it");
    }

    [Theory]
    [InlineData(null, 15)]
    [InlineData(3600.0, 30)]
    [InlineData(50.0, 25)]
    [InlineData(3.0, 2)]
    [InlineData(-10.0, 2)]
    public void An_answer_of_Slurm_is_waited_for_by_half_of_the_time(double? left, double expected) =>
        Assert.Equal(expected, StopReserve.Answer(Seconds(left)).TotalSeconds);

    [Theory]
    [InlineData(null, 120)]
    [InlineData(100.0, 98)]
    [InlineData(7200.0, 1800)]
    [InlineData(1.0, -1)]
    public void Slurm_is_asked_again_until_the_last_answer_would_come_too_late(double? left, double expected) =>
        Assert.Equal(expected, StopReserve.Asking(Seconds(left)).TotalSeconds);

    [Theory]
    [InlineData(null, 600, 1, 10, false)] // no limit
    [InlineData(1000.0, 600, 1, 10, false)] // it fits
    [InlineData(610.0, 600, 1, 10, false)]
    [InlineData(608.0, 600, 1, 10, true)] // it would end where the stop must begin
    [InlineData(100.0, 600, 1, 10, true)]
    [InlineData(5.0, 600, 600, 610, false)] // the stop allows for it anyway
    [InlineData(5.0, 0, 0, 10, false)] // nothing is known
    public void A_step_as_long_as_one_before_may_not_fit(double? left, int longest, int longestRecent, int stop, bool expected) =>
        Assert.Equal(expected, new StopReserve { LongestStep = TimeSpan.FromSeconds(longestRecent), Margin = TimeSpan.FromSeconds(stop) }.IsTooShortFor(TimeSpan.FromSeconds(longest), Seconds(left)));

    [Theory]
    [InlineData(false, 10, 640, null, null, true)]
    [InlineData(false, 9, 640, null, null, false)]
    [InlineData(true, 0, 640, 100.0, 100.0, true)] // it is the next one
    [InlineData(false, 10, 640, 0.5, 1.0, true)]
    [InlineData(false, 10, 640, 0.6, 1.0, false)] // saves would cost more than a twentieth
    [InlineData(false, 10, 640, 0.1, 6.0, false)] // and be written most of the time
    public void Saves_before_it_come_as_often_as_their_cost_allows(bool isNext, double since, int longest, double? stall, double? save, bool expected) =>
        Assert.Equal(expected, StopReserve.IsSaveBeforeLongStepDue(isNext, TimeSpan.FromSeconds(since), TimeSpan.FromSeconds(longest), new() { Stall = Seconds(stall), Save = Seconds(save) }));

    [Theory]
    // lead, longest step, longest save, wall time (s) → too short? what to ask for
    [InlineData(36, 1, 20, 43200.0, false, 40)] // a step, a save and a half, 5 s
    [InlineData(35.9, 1, 20, 43200.0, true, 40)]
    [InlineData(60, 100, 1, 43200.0, true, 110)] // a long step
    [InlineData(60, 0.1, 1, null, false, 10)]
    [InlineData(3, 0.1, 1, 20.0, true, 10)] // a short job, which is ended by force before that
    [InlineData(9, 0.1, 1, 20.0, false, 10)]
    [InlineData(-2, 0.1, 1, 20.0, true, 10)] // came after the end that was known
    public void A_lead_must_hold_a_step_and_a_save(double lead, double step, double save, double? wallTime, bool isShort, int ask)
    {
        var reserve = new StopReserve { LongestStep = TimeSpan.FromSeconds(step), LongestSave = Seconds(save), WallTime = Seconds(wallTime) };
        Assert.Equal(isShort, reserve.IsShort(TimeSpan.FromSeconds(lead)));
        Assert.EndsWith($"--signal=USR2@{ask} or more", reserve.Advice("USR2", TimeSpan.FromSeconds(lead)).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_advice_has_the_numbers() => Assert.Equal(
        "USR1 came 12 s before the end, but a step (2 s) and a save (18 s) need about 34 s: let it come earlier, with --signal=USR1@40 or more",
        new StopReserve { LongestStep = TimeSpan.FromSeconds(2), LongestSave = TimeSpan.FromSeconds(18) }.Advice("USR1", TimeSpan.FromSeconds(12)).ToString());
}
