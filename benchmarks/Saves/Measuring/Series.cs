namespace Saves.Measuring;

/// <summary>Seconds of one thing over all rounds.</summary>
/// <param name="name">What was measured.</param>
/// <param name="bytes">How much it moved each time; null where there is no rate.</param>
internal sealed class Series(string name, long? bytes = null)
{
    public string Name => name;

    public long? Bytes => bytes;

    /// <summary>One value a round, in the order of the rounds.</summary>
    public List<double> Seconds { get; } = [];

    public double Median => Quantiles.Median(Seconds);
}
