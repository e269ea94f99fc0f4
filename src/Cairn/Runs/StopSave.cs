namespace Cairn.Runs;

/// <summary>What to make durable at a stop when an older save is still being written. A pure decision.</summary>
internal static class StopSave
{
    /// <summary>Whether there is time for the newest step after the save in flight; if not, that one stands in for it.</summary>
    /// <param name="left">The time until nothing can be saved any more; null without a limit.</param>
    /// <param name="inFlight">How long the save in flight has been writing; null when there is none.</param>
    /// <param name="usual">The longest save so far, from the copy to the durable checkpoint; null when none was measured.</param>
    public static bool FitsNewest(TimeSpan? left, TimeSpan? inFlight, TimeSpan? usual)
    {
        // With nothing in flight there is nothing to lose by trying.
        if (left is null || inFlight is not { } elapsed)
            return true;

        // A save that takes longer than any before it will take as long again, for all that is known.
        var whole = usual is { } longest && longest > elapsed ? longest : elapsed * 2;
        return (whole - elapsed) + (whole * 1.25) <= left;
    }
}
