namespace Saves.Measuring;

/// <summary>Seconds as a line over bytes: what every save costs, and what every byte costs.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Intercept">Seconds for nothing.</param>
/// <param name="Slope">Seconds a byte.</param>
/// <param name="WorstMiss">How far the worst point lies off the line, as a share of the point.</param>
internal sealed record Line(string Name, double Intercept, double Slope, double WorstMiss)
{
    /// <summary>
    /// Least squares of the relative errors: noise is a share of the time, and without the weights the largest size alone
    /// would decide about the intercept.
    /// </summary>
    public static Line Fit(string name, IReadOnlyList<(double Bytes, double Seconds)> points)
    {
        double weights = 0, x = 0, y = 0, xx = 0, xy = 0;
        foreach (var (bytes, seconds) in points)
        {
            var weight = 1 / (seconds * seconds);
            weights += weight;
            x += weight * bytes;
            y += weight * seconds;
            xx += weight * bytes * bytes;
            xy += weight * bytes * seconds;
        }

        var slope = ((weights * xy) - (x * y)) / ((weights * xx) - (x * x));
        var intercept = (y - (slope * x)) / weights;
        return new Line(name, intercept, slope, points.Max(point => Math.Abs(intercept + (slope * point.Bytes) - point.Seconds) / point.Seconds));
    }
}
