using Cairn.Timing;

namespace Cairn.Attempts;

/// <summary>What is known from before the first step: how long steps and saves took in earlier attempts. A pure function of their journals.</summary>
/// <param name="Steps">Steps.</param>
/// <param name="Stalls">What the loop waited for saves.</param>
/// <param name="Saves">From the step boundary to the durable checkpoint.</param>
/// <param name="LongestStep">
/// The longest step that is known, in seconds, handed on from attempt to attempt: a rare one (an evaluation) may have come in none of
/// the newest. One that the job's end cut off counts with what it had taken by then.
/// </param>
internal sealed record KnownTimes(RunningStatistics Steps, RunningStatistics Stalls, RunningStatistics Saves, double LongestStep)
{
    // One long save of a bad day should not be remembered for ever, and one short attempt is not the whole truth.
    private const int Attempts = 3;

    // So many are asked for that. A job of which more in a row say nothing has a new beginning.
    private const int MostAsked = 50;

    // Up to here a save takes about as long whatever its size.
    private const long Small = 16 << 20;

    /// <summary>Nothing.</summary>
    public static KnownTimes None { get; } = new(default, default, default, 0);

    /// <summary>What the newest attempts tell that are like this one.</summary>
    /// <param name="before">The attempts before this one, oldest first.</param>
    /// <param name="worldSize">The number of ranks: with another one steps and saves take another time.</param>
    /// <param name="bytes">The size of the state: saves of another order of size do not count. Null when it is unknown: then none do.</param>
    public static KnownTimes Of(IReadOnlyList<AttemptStory> before, int worldSize, long? bytes)
    {
        var (known, attempts) = (None, 0);
        for (var i = before.Count - 1; i >= Math.Max(0, before.Count - MostAsked) && attempts < Attempts; i--)
        {
            if (before[i].Claim?.WorldSize != worldSize || Of(before[i], bytes) is var one && one == None)
                continue;
            known = new(known.Steps.With(one.Steps), known.Stalls.With(one.Stalls), known.Saves.With(one.Saves), Math.Max(known.LongestStep, one.LongestStep));
            attempts++;
        }

        return known;
    }

    private static KnownTimes Of(AttemptStory attempt, long? bytes)
    {
        var (steps, stalls, saves, longest) = (default(RunningStatistics), default(RunningStatistics), default(RunningStatistics), 0d);
        foreach (var entry in attempt.Events)
        {
            if (entry is Progress { Steps: > 0 } progress && AreTimes(progress.MeanSeconds, progress.DeviationSeconds, progress.LongestSeconds, progress.LongestKnownSeconds))
            {
                steps = steps.With(RunningStatistics.Of(progress.Steps, progress.MeanSeconds, progress.DeviationSeconds, progress.LongestSeconds));
                longest = Math.Max(longest, Math.Max(progress.LongestSeconds, progress.LongestKnownSeconds));
            }
            else if (entry is ForcedStop { During: "Stepping" } cut && AreTimes(cut.Seconds))
            {
                longest = Math.Max(longest, cut.Seconds);
            }
            else if (entry is Saved saved && IsLike(saved.Bytes, bytes) && AreTimes(saved.Seconds, saved.DurableSeconds))
            {
                stalls = stalls.With(saved.Seconds);
                saves = saves.With(saved.DurableSeconds);
            }
        }

        return new(steps, stalls, saves, longest);
    }

    // A journal is a story, not the state: whatever stands in it must not stop a run.
    private static bool AreTimes(params ReadOnlySpan<double> seconds)
    {
        foreach (var one in seconds)
        {
            if (!(one is >= 0 and < 1e9))
                return false;
        }

        return true;
    }

    private static bool IsLike(long saved, long? bytes) =>
        bytes is { } now && Math.Max(saved, now) <= (2 * Math.Min(saved, now)) + Small;
}
