namespace Cairn;

/// <summary>The interval between saves that makes the expected time to the end least.</summary>
/// <remarks>
/// J. T. Daly, "A higher order estimate of the optimum checkpoint interval for restart dumps", Future Generation Computer
/// Systems 22 (2006). With δ the cost of a save, M the mean time between interruptions and R a restart, work of length T that is
/// saved every τ takes M·e^(R/M)·(e^((τ+δ)/M) − 1)·T/τ, least at τ = M·(1 + W₀(−e^(−(1+δ/M)))), whatever R is.
/// </remarks>
internal static class DalyInterval
{
    // Below, seven terms of the series are exact to 12 digits; above, so is the iteration.
    private const double SeriesBelow = 0.002;

    // Of s^7 down to s, for s = √(2a).
    private static ReadOnlySpan<double> Series => [-139.0 / 5443200, -1.0 / 17010, 1.0 / 4320, 1.0 / 270, 1.0 / 36, -1.0 / 3, 1];

    /// <summary>The optimum τ.</summary>
    /// <param name="cost">δ: what one save takes from the training.</param>
    /// <param name="between">M.</param>
    public static TimeSpan Of(TimeSpan cost, TimeSpan between) => between * Fraction(cost / between);

    /// <summary>τ/M by a = δ/M: the y in [0, 1) that solves y + ln(1 − y) = −a, which is the optimum without Lambert's W.</summary>
    public static double Fraction(double a) => a < SeriesBelow ? BySeries(a) : 1 - RestByNewton(a);

    // Around the branch point of W, where −e^(−1−a) has lost all that matters of a small a. The first term is Young's √(2δM).
    private static double BySeries(double a)
    {
        var s = Math.Sqrt(2 * a);
        var sum = 0.0;
        foreach (var coefficient in Series)
            sum = (sum * s) + coefficient;
        return sum * s;
    }

    // v = 1 − y solves v = e^(v−1−a). From 0 Newton's steps only rise towards it, so they end where they rise no more.
    private static double RestByNewton(double a)
    {
        var v = 0.0;
        while (true)
        {
            var power = Math.Exp(v - 1 - a);
            var next = v + ((power - v) / (1 - power));
            if (!(next > v))
                return v;
            v = next;
        }
    }
}
