namespace Cairn;

/// <summary>When to save. A run also saves at its last step and whenever it is stopped, whatever the schedule says.</summary>
/// <remarks>Asked at every step boundary, so an answer must take nanoseconds. <see cref="object.ToString"/> is printed at the start.</remarks>
public abstract class SaveSchedule
{
    /// <summary>Only at the last step and at a stop.</summary>
    public static SaveSchedule Never { get; } = new NeverSchedule();

    /// <summary>After every step whose number of completed steps is a multiple of <paramref name="steps"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="steps"/> is less than 1.</exception>
    public static SaveSchedule EverySteps(long steps) => new StepSchedule(steps);

    /// <summary>At the first step boundary at which the last save lies at least <paramref name="interval"/> back.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="interval"/> is not positive.</exception>
    public static SaveSchedule Every(TimeSpan interval) => new TimeSchedule(interval);

    /// <summary>Whenever one of several schedules says so.</summary>
    public static SaveSchedule Any(params SaveSchedule[] schedules) => new AnySchedule(schedules);

    /// <summary>Whether to save at this step boundary.</summary>
    public abstract bool IsDue(in SaveMoment moment);
}
