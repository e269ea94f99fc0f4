namespace Cairn;

internal sealed class TimeSchedule : SaveSchedule
{
    private readonly TimeSpan interval;

    public TimeSchedule(TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        this.interval = interval;
    }

    public override bool IsDue(in SaveMoment moment) => moment.SinceSave >= interval;

    public override string ToString() => $"every {Duration.Words(interval)}";
}
