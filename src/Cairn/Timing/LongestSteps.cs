namespace Cairn.Timing;

/// <summary>
/// The longest steps: of the recent ones, and of all. Among these are steps of another kind, so much longer, and rare; often they come at
/// even distances, and then the next one is expected. In whatever unit they are added.
/// </summary>
internal sealed class LongestSteps
{
    // Recent are the newest 50 to 99, in two halves, so that adding one costs two comparisons.
    private const int Half = 50;

    // So many times the usual, and it is not the same work that took its time.
    private const int TimesUsual = 5;
    private long longestBefore;
    private long longestNow;
    private long count;
    private long halfBegan;
    private long lastLong = -1;
    private long from = long.MaxValue;

    /// <summary>The longest of the recent ones; 0 before the first.</summary>
    public long Recent => Math.Max(longestBefore, longestNow);

    /// <summary>The longest of all; 0 before the first.</summary>
    public long OfAll { get; private set; }

    /// <summary>Whether the next one is expected to be a long one.</summary>
    public bool NextIsLong => count == NextLong;

    /// <summary>The number of the step that is expected to be the next long one, counted from 0; a number that never comes when none is.</summary>
    public long NextLong { get; private set; } = long.MaxValue;

    /// <summary>Says now and then what a step usually takes.</summary>
    public void Learn(long usual) => from = usual * TimesUsual;

    /// <summary>Adds a step: for most of them four comparisons.</summary>
    public void Add(long duration)
    {
        if (duration > longestNow)
            longestNow = duration;
        if (duration > OfAll)
            OfAll = duration;
        var number = count++;
        if (count - halfBegan >= Half)
            (longestBefore, longestNow, halfBegan) = (longestNow, 0, count);
        if (duration < from || duration < OfAll / 2)
            return;
        NextLong = lastLong < 0 ? long.MaxValue : number + (number - lastLong);
        lastLong = number;
    }
}
