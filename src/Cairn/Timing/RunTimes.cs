using System.Runtime.InteropServices;

namespace Cairn.Timing;

/// <summary>What steps and saves of a run take: begun with what earlier attempts left in their journals, then measured.</summary>
/// <remarks>One reading of the clock a boundary; everything dearer happens only when a look is due (four times a second).</remarks>
/// <param name="time">The clock.</param>
internal sealed class RunTimes(TimeProvider time)
{
    private const int StepsInMean = 64;
    private const int SavesInMean = 8;

    // So many steps of its own tell an attempt more than those of others, which may have run on a busier node.
    private const int EnoughOfItsOwn = 10;
    private readonly long lookEvery = time.TimestampFrequency / 4;
    private readonly long leastWithStandstill = (long)(Standstills.Least.TotalSeconds * time.TimestampFrequency); // what is shorter needs no second reading of the clock
    private LongestSteps steps = new();
    private RecentMean step = new(StepsInMean);
    private RunningStatistics statistics;
    private TimeSpan longestRecentBefore;
    private TimeSpan longestBefore;
    private int ofItsOwn;
    private long nextLook;
    private long longestSave; // in a TimeSpan's ticks, 0 while none is known: the watchdog asks, too, and must not see half of one
    private RecentMean stall = new(SavesInMean);
    private RecentMean save = new(SavesInMean);

    /// <summary>The clock's timestamp at the last boundary.</summary>
    public long LastBoundary { get; private set; } = time.GetTimestamp();

    /// <summary>The longest of the recent steps; zero before the first, if nothing is known from earlier attempts.</summary>
    public TimeSpan LongestRecentStep => Longer(steps.Recent, longestRecentBefore);

    /// <summary>
    /// The longest step that is known, however long ago it was, in this attempt or one before it; zero before the first. Rare
    /// long steps count here (an evaluation at the end of an epoch).
    /// </summary>
    public TimeSpan LongestStep => Longer(steps.OfAll, longestBefore);

    /// <summary>Whether a rare long step is expected to be the next one, because they came at even distances so far.</summary>
    public bool NextStepIsLong => steps.NextIsLong;

    /// <summary>The longest save of this attempt and those before it, from the step boundary to the durable checkpoint; null when none is known.</summary>
    public TimeSpan? LongestSave => Volatile.Read(ref longestSave) is > 0 and var ticks ? TimeSpan.FromTicks(ticks) : null;

    /// <summary>How long the loop waited for the newest save; null before the first of this attempt.</summary>
    public TimeSpan? LastStall { get; private set; }

    /// <summary>All means, as schedules want them.</summary>
    public MeasuredTimes Measured => new() { Step = step.Value, Stall = stall.Value, LastStall = LastStall, Save = save.Value };

    /// <summary>Steps as earlier attempts told of them: the longest counts, until this one has steps enough of its own.</summary>
    /// <param name="before">What steps took in earlier attempts.</param>
    /// <param name="longest">The longest step that is known from earlier attempts; zero when none is.</param>
    /// <param name="left">
    /// The time until the job's end; null without a limit. Earlier steps count for half of it at most: one that once stood still
    /// must not end this attempt before it has done anything.
    /// </param>
    public void BeginWithSteps(in RunningStatistics before, TimeSpan longest, TimeSpan? left)
    {
        longestBefore = longest;
        if (before.Count == 0)
            return;
        longestRecentBefore = TimeSpan.FromSeconds(before.Longest);
        if (left is { } limited && limited / 2 < longestRecentBefore)
            longestRecentBefore = limited > TimeSpan.Zero ? limited / 2 : TimeSpan.Zero;
        step.Add(TimeSpan.FromSeconds(before.Mean));
    }

    /// <summary>Saves as earlier attempts told of them.</summary>
    /// <param name="stalls">What the loop waited for them.</param>
    /// <param name="saves">From the boundary until they were durable.</param>
    public void BeginWithSaves(in RunningStatistics stalls, in RunningStatistics saves)
    {
        if (saves.Count == 0)
            return;
        LongestIs(TimeSpan.FromSeconds(saves.Longest));
        save.Add(TimeSpan.FromSeconds(saves.Mean));
        stall.Add(TimeSpan.FromSeconds(stalls.Mean));
    }

    /// <summary>A step begins after something else took time (a save, a restore).</summary>
    public void StepBegins() => LastBoundary = time.GetTimestamp();

    /// <summary>A step ended. Returns whether a look at clock and deadline is due.</summary>
    /// <param name="whileSaving">Whether a save was being written meanwhile, which may have slowed the step down.</param>
    public bool StepEnded(bool whileSaving)
    {
        var now = time.GetTimestamp();
        var ticks = now - LastBoundary;
        if (ticks > leastWithStandstill)
            ticks = (long)(time.GetRunningTime(LastBoundary).TotalSeconds * time.TimestampFrequency);
        steps.Add(ticks);
        if (ofItsOwn < EnoughOfItsOwn && ++ofItsOwn == EnoughOfItsOwn)
            longestRecentBefore = TimeSpan.Zero;
        if (!whileSaving)
            step.Add(time.GetElapsedTime(0, ticks));
        statistics = statistics.With((double)ticks / time.TimestampFrequency);
        LastBoundary = now;
        if (now < nextLook)
            return false;
        nextLook = now + lookEvery;
        if (step.Value is { } usual)
            steps.Learn((long)(usual.TotalSeconds * time.TimestampFrequency));
        return true;
    }

    /// <summary>What steps took since the last call; starts over.</summary>
    public RunningStatistics TakeStepStatistics()
    {
        var result = statistics;
        statistics = default;
        return result;
    }

    /// <summary>The loop waited so long for a save.</summary>
    public void AddStall(TimeSpan duration)
    {
        LastStall = duration;
        stall.Add(duration);
    }

    /// <summary>A save was durable so long after its boundary.</summary>
    public void AddSave(TimeSpan duration)
    {
        save.Add(duration);
        LongestIs(duration);
    }

    private void LongestIs(TimeSpan save) => Volatile.Write(ref longestSave, Math.Max(Math.Max(1, save.Ticks), longestSave));

    private TimeSpan Longer(long ticks, TimeSpan before)
    {
        var own = time.GetElapsedTime(0, ticks);
        return own > before ? own : before;
    }

    /// <summary>A mean in which the newest values count most: the plain mean of the first ones, from then on older ones fade.</summary>
    /// <param name="memory">Of about so many values.</param>
    [StructLayout(LayoutKind.Auto)]
    private struct RecentMean(int memory)
    {
        private double mean;
        private int count;

        /// <summary>The mean; null without a value.</summary>
        public readonly TimeSpan? Value => count == 0 ? null : TimeSpan.FromTicks((long)mean);

        public void Add(TimeSpan value)
        {
            if (count < memory)
                count++;
            mean += (value.Ticks - mean) / count;
        }
    }
}
