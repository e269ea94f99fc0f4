namespace Saves.Measuring;

/// <summary>The middle of some values, and the two between which the middle half of them lies.</summary>
internal static class Quantiles
{
    public static double Median(IReadOnlyCollection<double> values) => At(values, 0.5);

    public static (double Lower, double Upper) Quartiles(IReadOnlyCollection<double> values) => (At(values, 0.25), At(values, 0.75));

    /// <summary>How wide the middle half is, as a share of the median.</summary>
    public static double Spread(IReadOnlyCollection<double> values) => (At(values, 0.75) - At(values, 0.25)) / Median(values);

    private static double At(IReadOnlyCollection<double> values, double share)
    {
        var sorted = values.Order().ToList();
        var place = share * (sorted.Count - 1);
        var (below, above) = (sorted[(int)Math.Floor(place)], sorted[(int)Math.Ceiling(place)]);
        return below + ((above - below) * (place - Math.Floor(place)));
    }
}
