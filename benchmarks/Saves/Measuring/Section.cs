namespace Saves.Measuring;

/// <summary>What one part of the benchmark found.</summary>
/// <param name="Title">What it is about.</param>
/// <param name="Rounds">The rounds that it was measured in; null where it is computed from other sections.</param>
internal sealed record Section(string Title, Rounds? Rounds)
{
    /// <summary>What was timed.</summary>
    public IReadOnlyList<Series> Series { get; init; } = [];

    /// <summary>What that says.</summary>
    public IReadOnlyList<Ratio> Ratios { get; init; } = [];

    /// <summary>Times as a function of the size.</summary>
    public IReadOnlyList<Line> Lines { get; init; } = [];

    /// <summary>What a reader must know, what was left out among it.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
