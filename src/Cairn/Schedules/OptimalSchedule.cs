namespace Cairn;

/// <summary>Saves at Daly's optimum for what a save was measured to cost.</summary>
internal sealed class OptimalSchedule : SaveSchedule
{
    private readonly TimeSpan between;
    private MeasuredTimes known = MeasuredTimes.None;
    private TimeSpan? interval;
    private TimeSpan dueAfter;

    public OptimalSchedule(TimeSpan between)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(between, TimeSpan.Zero);
        this.between = between;
    }

    public override bool IsDue(in SaveMoment moment)
    {
        if (!ReferenceEquals(moment.Measured, known))
            Learn(moment.Measured);
        return interval is null ? FirstSave.IsDue(moment) : moment.SinceSave >= dueAfter;
    }

    public override string ToString()
    {
        var optimum = $"at the optimum for an interruption in {Duration.Words(between)}";
        return interval is { } now ? $"every {Duration.Words(now)}, {optimum}" : $"{FirstSave.Words}, then {optimum}";
    }

    private void Learn(MeasuredTimes times)
    {
        known = times;
        if (times is not { Stall: { } stall, Save: { } save })
            return;

        // Only what the loop waits is lost. But nothing is gained by a save that comes due while the one before is being written.
        var optimum = DalyInterval.Of(stall, between);
        var writing = save - stall;
        interval = optimum > writing ? optimum : writing;

        // To the nearest step boundary, not the next one: it matters where steps are long.
        dueAfter = interval.Value - (times.Step / 2 ?? TimeSpan.Zero);
    }
}
