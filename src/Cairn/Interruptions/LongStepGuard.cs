namespace Cairn.Interruptions;

/// <summary>
/// Is it time to save because a step may come that does not fit into the time that is left? A pure decision. An evaluation at the
/// end of an epoch is such a step: it comes too rarely for the run to stop early each time, and may begin at any boundary.
/// </summary>
internal static class LongStepGuard
{
    // What may be lost if it does come: so small a part of its own length. What the saves may cost meanwhile: a twentieth of the time.
    private const int PartOfStep = 64;
    private const int TimesStall = 20;
    private const int TimesSave = 2;

    /// <summary>Whether the longest step that is known would not end in time, if it began now.</summary>
    /// <param name="left">The time until nothing can be saved any more; null without a limit.</param>
    /// <param name="longest">The longest step that is known, of this attempt and those before it.</param>
    /// <param name="longestRecent">The longest of the recent steps, which the stop allows for.</param>
    /// <param name="reserve">How long before the end the run stops.</param>
    public static bool IsNear(TimeSpan? left, TimeSpan longest, TimeSpan longestRecent, TimeSpan reserve) =>
        longest > longestRecent && left < reserve - longestRecent + longest;

    /// <summary>Whether to save at this boundary, once that is so.</summary>
    /// <param name="longIsNext">Whether the long step is expected to be the next one.</param>
    /// <param name="sinceTaken">Since the newest state was taken.</param>
    /// <param name="longest">The longest step that is known.</param>
    /// <param name="stall">How long the loop waits for a save; null when that is unknown.</param>
    /// <param name="save">How long a save takes; null when that is unknown.</param>
    public static bool IsDue(bool longIsNext, TimeSpan sinceTaken, TimeSpan longest, TimeSpan? stall, TimeSpan? save) =>
        longIsNext || sinceTaken >= longest / PartOfStep && !(sinceTaken < stall * TimesStall) && !(sinceTaken < save * TimesSave);
}
