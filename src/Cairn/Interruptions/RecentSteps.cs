namespace Cairn.Interruptions;

/// <summary>The longest of the recent steps: of the newest 50 to 99, in two halves, so that adding one costs two comparisons.</summary>
internal sealed class RecentSteps
{
    private const int Half = 50;
    private long longestBefore;
    private long longestNow;
    private int count;

    /// <summary>The longest, in the unit in which they were added; 0 before the first.</summary>
    public long Longest => Math.Max(longestBefore, longestNow);

    /// <summary>Adds a step's duration.</summary>
    public void Add(long duration)
    {
        if (duration > longestNow)
            longestNow = duration;
        if (++count < Half)
            return;
        longestBefore = longestNow;
        longestNow = 0;
        count = 0;
    }
}
