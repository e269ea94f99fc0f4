namespace Cairn;

internal sealed class AnySchedule : SaveSchedule
{
    private readonly SaveSchedule[] schedules;

    public AnySchedule(SaveSchedule[] schedules)
    {
        ArgumentNullException.ThrowIfNull(schedules);
        if (schedules.Length == 0)
            throw new ArgumentException("at least one schedule is needed; SaveSchedule.Never is none", nameof(schedules));
        this.schedules = [.. schedules];
    }

    public override bool IsDue(in SaveMoment moment)
    {
        foreach (var schedule in schedules)
        {
            if (schedule.IsDue(moment))
                return true;
        }

        return false;
    }

    internal override long StepGrid => schedules.Aggregate(0L, (grid, schedule) => (long)System.Numerics.BigInteger.GreatestCommonDivisor(grid, schedule.StepGrid));

    public override string ToString() => string.Join(" or ", schedules.Select(schedule => schedule.ToString()));
}
