using Cairn.Attempts;
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
    private Spread statistics;
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

    /// <summary>The first step begins. The longest of earlier attempts counts like a recent one.</summary>
    public void Begin(in Spread known)
    {
        if (known.Count > 0)
        {
            recent.Add((long)(known.Longest * time.TimestampFrequency));
            mean.Add(TimeSpan.FromSeconds(known.Mean));
        }

        StepBegins();
    }

    /// <summary>A step ended. Returns whether a look at clock and deadline is due.</summary>
    /// <param name="whileSaving">Whether a save was being written meanwhile, which may have slowed the step down.</param>
    public bool StepEnded(bool whileSaving)
    {
        var now = time.GetTimestamp();
        var ticks = now - began;
        recent.Add(ticks);
        if (!whileSaving)
            mean.Add(time.GetElapsedTime(0, ticks));
        statistics = statistics.With((double)ticks / time.TimestampFrequency);
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
        statistics = default;
    }

    /// <summary>A step begins after something else took time (a save, a restore).</summary>
    public void StepBegins() => began = time.GetTimestamp();

    /// <summary>Time since the last boundary.</summary>
    public long Now => began;

    /// <summary>What steps took since the last call; starts over.</summary>
    public Spread TakeStatistics()
    {
        var result = statistics;
        statistics = default;
        return result;
    }
}
