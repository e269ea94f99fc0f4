using Cairn.Attempts;
using Cairn.Interruptions;

namespace Cairn.Runs;

/// <summary>Times the steps, and says when it is time to look up from them.</summary>
/// <remarks>One reading of the clock a boundary; everything dearer happens only when a look is due (four times a second).</remarks>
internal sealed class StepClock
{
    private const int MeanOf = 64;

    // So many steps of its own tell an attempt more than those of others, which may have run on a busier node.
    private const int EnoughOfItsOwn = 10;
    private readonly TimeProvider time;
    private readonly long lookEvery;
    private RecentSteps recent = new();
    private LongSteps longSteps = new();
    private RecentMean mean = new(MeanOf);
    private Spread statistics;
    private TimeSpan known;
    private TimeSpan longestBefore;
    private int ofItsOwn;
    private long count;
    private volatile bool forgets;
    private long began;
    private long nextLook;

    public StepClock(TimeProvider time)
    {
        this.time = time;
        lookEvery = time.TimestampFrequency / 4;
        began = time.GetTimestamp();
    }

    /// <summary>The longest of the recent steps; zero before the first, if nothing is known from earlier attempts.</summary>
    public TimeSpan Longest => forgets ? TimeSpan.Zero : time.GetElapsedTime(0, recent.Longest) is var longest && longest > known ? longest : known;

    /// <summary>
    /// The longest step that is known, however long ago it was, in this attempt or one before it; zero before the first. Rare
    /// long steps count here (an evaluation at the end of an epoch).
    /// </summary>
    public TimeSpan LongestKnown
    {
        get
        {
            var own = forgets ? TimeSpan.Zero : time.GetElapsedTime(0, longSteps.Longest);
            return own > longestBefore ? own : longestBefore;
        }
    }

    /// <summary>Whether a rare long step is expected to be the next one, because they came at even distances so far.</summary>
    public bool NextIsLong => count == longSteps.Next;

    /// <summary>The mean of the recent steps in which no save was being written; null before the first.</summary>
    public TimeSpan? Mean => mean.Value;

    /// <summary>The first step begins. The longest of earlier attempts counts, until this one has steps enough of its own.</summary>
    /// <param name="before">What steps took in earlier attempts.</param>
    /// <param name="longestKnown">The longest step that is known from earlier attempts; zero when none is.</param>
    /// <param name="left">
    /// The time until the job's end; null without a limit. Earlier steps count for half of it at most: one that once stood still
    /// must not end this attempt before it has done anything.
    /// </param>
    public void Begin(in Spread before, TimeSpan longestKnown, TimeSpan? left)
    {
        longestBefore = longestKnown;
        if (before.Count > 0)
        {
            known = TimeSpan.FromSeconds(before.Longest);
            if (left is { } limited && limited / 2 < known)
                known = limited > TimeSpan.Zero ? limited / 2 : TimeSpan.Zero;
            mean.Add(TimeSpan.FromSeconds(before.Mean));
        }

        StepBegins();
    }

    /// <summary>A step ended. Returns whether a look at clock and deadline is due.</summary>
    /// <param name="whileSaving">Whether a save was being written meanwhile, which may have slowed the step down.</param>
    public bool StepEnded(bool whileSaving)
    {
        var now = time.GetTimestamp();
        var ticks = now - began;
        if (forgets)
        {
            (recent, longSteps, mean, statistics, known) = (new RecentSteps(), new LongSteps(), new RecentMean(MeanOf), default, TimeSpan.Zero);
            forgets = false;
        }

        recent.Add(ticks);
        longSteps.Add(count++, ticks);
        if (ofItsOwn < EnoughOfItsOwn && ++ofItsOwn == EnoughOfItsOwn)
            known = TimeSpan.Zero;
        if (!whileSaving)
            mean.Add(time.GetElapsedTime(0, ticks));
        statistics = statistics.With((double)ticks / time.TimestampFrequency);
        began = now;
        if (now < nextLook)
            return false;
        nextLook = now + lookEvery;
        if (mean.Value is { } usual)
            longSteps.Learn((long)(usual.TotalSeconds * time.TimestampFrequency));
        return true;
    }

    /// <summary>Forgets how long steps took: the clock ran on while the process stood still. May be called by any thread.</summary>
    public void Forget() => forgets = true;

    /// <summary>A step begins after something else took time (a save, a restore).</summary>
    public void StepBegins() => began = time.GetTimestamp();

    /// <summary>The time since the step in progress began.</summary>
    public TimeSpan SinceLast => time.GetElapsedTime(began);

    /// <summary>The clock's timestamp at the last boundary.</summary>
    public long Now => began;

    /// <summary>What steps took since the last call; starts over.</summary>
    public Spread TakeStatistics()
    {
        var result = statistics;
        statistics = default;
        return result;
    }
}
