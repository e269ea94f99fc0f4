namespace Cairn.Interruptions;

/// <summary>Is the time that is left needed for a step and a save? A pure decision.</summary>
internal static class DeadlineGuard
{
    private static readonly TimeSpan MostSlack = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MostGuess = TimeSpan.FromSeconds(60);

    /// <summary>Whether to stop now.</summary>
    /// <param name="left">The time until nothing can be saved any more; null without a limit.</param>
    /// <param name="reserve">What the stop needs of it.</param>
    public static bool IsNear(TimeSpan? left, TimeSpan reserve) => left < reserve;

    /// <summary>How long before the deadline to stop.</summary>
    /// <remarks>
    /// One more step, the save and half of it again, and some slack for the requeue. As long as no save is known, of
    /// this attempt or one before: a fifth of the wall time, at most a minute, if that is more.
    /// </remarks>
    public static TimeSpan Reserve(TimeSpan longestStep, TimeSpan? longestSave, TimeSpan? wallTime)
    {
        var slack = wallTime is { } wall && wall / 20 < MostSlack ? wall / 20 : MostSlack;
        if (longestSave is { } save)
            return longestStep + (save * 1.5) + slack;
        var guess = wallTime is { } whole && whole / 5 < MostGuess ? whole / 5 : MostGuess;
        var known = longestStep + slack;
        return known > guess ? known : guess;
    }
}
