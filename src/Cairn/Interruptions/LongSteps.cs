namespace Cairn.Interruptions;

/// <summary>The steps that are of another kind than the others: so much longer, and rare. Often they come at even distances.</summary>
internal sealed class LongSteps
{
    // So many times the usual, and it is not the same work that took its time.
    private const int TimesUsual = 5;
    private long last = -1;
    private long from = long.MaxValue;

    /// <summary>The longest step, in the unit in which they are added; 0 before the first.</summary>
    public long Longest { get; private set; }

    /// <summary>The number of the step that is expected to be the next long one; a number that never comes when none is expected.</summary>
    public long Next { get; private set; } = long.MaxValue;

    /// <summary>Says now and then what a step usually takes.</summary>
    public void Learn(long usual) => from = usual * TimesUsual;

    /// <summary>Adds a step: for most of them two comparisons.</summary>
    /// <param name="number">Its number; only the distances count.</param>
    /// <param name="duration">How long it took.</param>
    public void Add(long number, long duration)
    {
        if (duration > Longest)
            Longest = duration;
        if (duration < from || duration < Longest / 2)
            return;
        Next = last < 0 ? long.MaxValue : number + (number - last);
        last = number;
    }
}
