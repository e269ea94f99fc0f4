using System.Runtime.InteropServices;

namespace Cairn.Timing;

/// <summary>How long something took, over many times that it was done; in seconds.</summary>
/// <param name="Count">How many times.</param>
/// <param name="Mean">The mean; 0 when there are none.</param>
/// <param name="Squares">The sum of the squared differences from the mean.</param>
/// <param name="Longest">The longest; 0 when there are none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RunningStatistics(long Count, double Mean, double Squares, double Longest)
{
    /// <summary>The standard deviation; 0 when there are none.</summary>
    public double Deviation => Count == 0 ? 0 : Math.Sqrt(Squares / Count);

    /// <summary>As a journal's line tells it.</summary>
    public static RunningStatistics Of(long count, double mean, double deviation, double longest) => new(count, mean, deviation * deviation * count, longest);

    /// <summary>With one time more (Welford's way, which loses no digits however many there are).</summary>
    public RunningStatistics With(double seconds) => With(new RunningStatistics(1, seconds, 0, seconds));

    /// <summary>With others.</summary>
    public RunningStatistics With(in RunningStatistics others)
    {
        var count = Count + others.Count;
        if (others.Count == 0)
            return this;
        var apart = others.Mean - Mean;
        return new(
            count,
            Mean + (apart * others.Count / count),
            Squares + others.Squares + (apart * apart * Count * others.Count / count),
            Math.Max(Longest, others.Longest));
    }
}
