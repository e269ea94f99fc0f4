namespace Saves.Measuring;

/// <summary>What a ratio should be.</summary>
/// <param name="Value">The bound.</param>
/// <param name="AtMost">Whether less is better.</param>
internal sealed record Goal(double Value, bool AtMost)
{
    public static Goal NoMoreThan(double value) => new(value, AtMost: true);

    public static Goal NoLessThan(double value) => new(value, AtMost: false);

    public bool IsReachedBy(double ratio) => AtMost ? ratio <= Value : ratio >= Value;
}
