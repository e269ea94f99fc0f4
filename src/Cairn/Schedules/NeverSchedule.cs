namespace Cairn;

internal sealed class NeverSchedule : SaveSchedule
{
    public override bool IsDue(in SaveMoment moment) => false;

    public override string ToString() => "only at the end or a stop";
}
