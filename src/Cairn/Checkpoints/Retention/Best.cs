namespace Cairn;

/// <summary>Which values of a metric are better.</summary>
public enum Best
{
    /// <summary>Lower is better: a loss.</summary>
    Lowest,

    /// <summary>Higher is better: an accuracy.</summary>
    Highest,
}
