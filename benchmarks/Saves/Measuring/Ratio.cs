namespace Saves.Measuring;

/// <summary>One measured thing beside another. Both come from the same round, so that what slows a whole round down cancels out.</summary>
/// <param name="Name">What is compared with what.</param>
/// <param name="Values">One value a round.</param>
/// <param name="Goal">What it should be; null where nothing was promised.</param>
internal sealed record Ratio(string Name, IReadOnlyList<double> Values, Goal? Goal)
{
    public double Median => Quantiles.Median(Values);

    /// <summary>Null where there is no goal.</summary>
    public Verdict? Verdict
    {
        get
        {
            if (Goal is null)
                return null;
            var (lower, upper) = Quantiles.Quartiles(Values);
            return (Goal.IsReachedBy(lower), Goal.IsReachedBy(upper)) switch
            {
                (true, true) => Measuring.Verdict.Reached,
                (false, false) => Measuring.Verdict.Missed,
                _ => Measuring.Verdict.Unclear,
            };
        }
    }

    public static Ratio Of(string name, Series over, Series under, Goal? goal = null) =>
        new(name, [.. over.Seconds.Zip(under.Seconds, (a, b) => a / b)], goal);

    /// <summary>How much more the first is than the second, as a share of the second.</summary>
    public static Ratio Added(string name, Series with, Series without, Goal? goal = null) =>
        new(name, [.. with.Seconds.Zip(without.Seconds, (a, b) => (a - b) / b)], goal);
}
