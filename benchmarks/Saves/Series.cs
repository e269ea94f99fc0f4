namespace Saves;

/// <summary>Seconds of one thing over all rounds.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Seconds">One value a round, in the order of the rounds.</param>
internal sealed record Series(string Name, List<double> Seconds)
{
    public double Median => At(0.5);

    /// <summary>Half of the values lie between this and <see cref="UpperQuartile"/>.</summary>
    public double LowerQuartile => At(0.25);

    public double UpperQuartile => At(0.75);

    private double At(double share)
    {
        var sorted = Seconds.Order().ToList();
        return sorted[(int)Math.Round(share * (sorted.Count - 1))];
    }
}
