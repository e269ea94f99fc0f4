using System.Runtime.InteropServices;

namespace Cairn.Runs;

/// <summary>A mean in which the newest values count most: the plain mean of the first ones, from then on older ones fade.</summary>
/// <param name="memory">Of about so many values.</param>
[StructLayout(LayoutKind.Auto)]
internal struct RecentMean(int memory)
{
    private double mean;
    private int count;

    /// <summary>The mean; null without a value.</summary>
    public readonly TimeSpan? Value => count == 0 ? null : TimeSpan.FromTicks((long)mean);

    /// <summary>Adds a value.</summary>
    public void Add(TimeSpan value)
    {
        if (count < memory)
            count++;
        mean += (value.Ticks - mean) / count;
    }
}
