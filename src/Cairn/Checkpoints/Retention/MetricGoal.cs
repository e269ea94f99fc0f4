namespace Cairn;

/// <summary>Which values of a metric are better.</summary>
public enum MetricGoal
{
    /// <summary>Lower is better: a loss.</summary>
    Minimize,

    /// <summary>Higher is better: an accuracy.</summary>
    Maximize,
}
