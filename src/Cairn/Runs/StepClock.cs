using Cairn.Interruptions;

namespace Cairn.Runs;

/// <summary>Times the steps, and says when it is time to look up from them.</summary>
/// <remarks>One reading of the clock a boundary; everything dearer happens only when a look is due (four times a second).</remarks>
internal sealed class StepClock
{
    private const int MeanOf = 64;
    private readonly TimeProvider time;
    private readonly long lookEvery;
    private RecentSteps recent = new();
    private RecentMean mean = new(MeanOf);
    private long began;
    private long nextLook;

    public StepClock(TimeProvider time)
    {
        this.time = time;
        lookEvery = time.TimestampFrequency / 4;
        began = time.GetTimestamp();
    }

    /// <summary>The longest of the recent steps; zero before the first.</summary>
    public TimeSpan Longest => time.GetElapsedTime(0, recent.Longest);

    /// <summary>The mean of the recent steps in which no save was being written; null before the first.</summary>
    public TimeSpan? Mean => mean.Value;

    /// <summary>Steps since <see cref="TakeStatistics"/> was last called.</summary>
    public long Steps { get; private set; }

    private long ticksOfSteps;
    private long longestOfSteps;

    /// <summary>A step ended. Returns whether a look at clock and deadline is due.</summary>
    /// <param name="whileSaving">Whether a save was being written meanwhile, which may have slowed the step down.</param>
    public bool StepEnded(bool whileSaving)
    {
        var now = time.GetTimestamp();
        var ticks = now - began;
        recent.Add(ticks);
        if (!whileSaving)
            mean.Add(time.GetElapsedTime(0, ticks));
        Steps++;
        ticksOfSteps += ticks;
        longestOfSteps = Math.Max(longestOfSteps, ticks);
        began = now;
        if (now < nextLook)
            return false;
        nextLook = now + lookEvery;
        return true;
    }

    /// <summary>Forgets how long steps took: the clock ran on while the process stood still.</summary>
    public void Forget()
    {
        recent = new RecentSteps();
        mean = new RecentMean(MeanOf);
    }

    /// <summary>A step begins after something else took time (a save, a restore).</summary>
    public void StepBegins() => began = time.GetTimestamp();

    /// <summary>Time since the last boundary.</summary>
    public long Now => began;

    /// <summary>Mean and longest step since the last call, in seconds; starts over.</summary>
    public (long Steps, double Mean, double Longest) TakeStatistics()
    {
        var seconds = (double)time.TimestampFrequency;
        var result = (Steps, Steps == 0 ? 0 : ticksOfSteps / seconds / Steps, longestOfSteps / seconds);
        Steps = 0;
        ticksOfSteps = 0;
        longestOfSteps = 0;
        return result;
    }
}
