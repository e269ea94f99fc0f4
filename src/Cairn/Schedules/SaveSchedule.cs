namespace Cairn;

/// <summary>When to save. A run also saves at its last step and whenever it is stopped, whatever the schedule says.</summary>
/// <remarks>
/// Asked at every step boundary, perhaps more than once, so an answer must take nanoseconds. Asked also before the first step,
/// where nothing is saved: then a schedule that goes by what was measured learns what earlier attempts left, and right after
/// that its <see cref="object.ToString"/> is printed.
/// </remarks>
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

    /// <summary>
    /// At the interval that makes the expected time to the end least, for saves that cost what they are measured to cost. The
    /// formula is Daly's (2006); see docs/schedules.md. Until a save was measured: the first one after 10 steps or a minute.
    /// </summary>
    /// <param name="meanTimeBetweenInterruptions">
    /// How long the job runs on average until something ends it without a save: a crash, a failed node, a kill without warning.
    /// Stops that Cairn hears of in time cost no work and do not count.
    /// </param>
    /// <remarks>An instance belongs to one run.</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="meanTimeBetweenInterruptions"/> is not positive.</exception>
    public static SaveSchedule Optimal(TimeSpan meanTimeBetweenInterruptions) => new OptimalSchedule(meanTimeBetweenInterruptions);

    /// <summary>
    /// As often as saves together take at most so much longer than the steps alone, by CheckFreq's rule (FAST '21); see
    /// docs/schedules.md. Until a save was measured: the first one after 10 steps or a minute.
    /// </summary>
    /// <param name="percent">Of the time that the steps take without saves, for example 3.5.</param>
    /// <remarks>An instance belongs to one run.</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="percent"/> is not more than 0, or it is more than 100.</exception>
    public static SaveSchedule WithinOverhead(double percent) => new OverheadSchedule(percent);

    /// <summary>Whether to save at this step boundary.</summary>
    public abstract bool IsDue(in SaveMoment moment);

    /// <summary>Where saves are due by their number of steps alone: at multiples of this, or at some of them; 0 where they are not. Several ranks come together there without a word before.</summary>
    internal virtual long StepGrid => 0;

    /// <summary>What saves may add to the time that the steps take, in percent; null where nothing bounds it.</summary>
    internal virtual double? OverheadPercent => null;
}
