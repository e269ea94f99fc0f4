namespace Cairn;

/// <summary>Saves on a fixed grid of steps, so that attempts that began at different steps save at the same ones.</summary>
internal sealed class StepSchedule : SaveSchedule
{
    private readonly long steps;

    public StepSchedule(long steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        this.steps = steps;
    }

    public override bool IsDue(in SaveMoment moment) => moment.StepsDone % steps == 0;

    internal override long StepGrid => steps;

    public override string ToString() => steps == 1 ? "every step" : $"every {steps} steps";
}
