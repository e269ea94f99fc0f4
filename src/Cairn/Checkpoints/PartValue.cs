using System.Collections.Immutable;

namespace Cairn.Checkpoints;

/// <summary>A small value of a part: kept in the commit record, exactly (doubles to the last bit, infinities and NaN too).</summary>
public abstract record PartValue
{
    private PartValue()
    {
    }

    /// <summary>No value.</summary>
    public sealed record Nothing : PartValue;

    /// <summary>True or false.</summary>
    /// <param name="Value">The value.</param>
    public sealed record Flag(bool Value) : PartValue;

    /// <summary>A whole number.</summary>
    /// <param name="Value">The value.</param>
    public sealed record Integer(long Value) : PartValue;

    /// <summary>A double; two are equal when their bits are.</summary>
    /// <param name="Value">The value.</param>
    public sealed record Real(double Value) : PartValue
    {
        /// <inheritdoc/>
        public bool Equals(Real? other) => other is not null && BitConverter.DoubleToInt64Bits(Value) == BitConverter.DoubleToInt64Bits(other.Value);

        /// <inheritdoc/>
        public override int GetHashCode() => BitConverter.DoubleToInt64Bits(Value).GetHashCode();
    }

    /// <summary>Text.</summary>
    /// <param name="Value">The value.</param>
    public sealed record Text(string Value) : PartValue;

    /// <summary>Several values in order.</summary>
    /// <param name="Items">The values.</param>
    public sealed record List(ImmutableArray<PartValue> Items) : PartValue
    {
        /// <inheritdoc/>
        public bool Equals(List? other) => other is not null && Items.AsSpan().SequenceEqual(other.Items.AsSpan());

        /// <inheritdoc/>
        public override int GetHashCode() => Items.Length;
    }

    /// <summary>No value.</summary>
    public static PartValue None { get; } = new Nothing();

    /// <summary>A flag; nothing for null.</summary>
    public static PartValue From(bool? value) => value is { } v ? new Flag(v) : None;

    /// <summary>A whole number; nothing for null.</summary>
    public static PartValue From(long? value) => value is { } v ? new Integer(v) : None;

    /// <summary>A double; nothing for null.</summary>
    public static PartValue From(double? value) => value is { } v ? new Real(v) : None;

    /// <summary>Text; nothing for null.</summary>
    public static PartValue From(string? value) => value is { } v ? new Text(v) : None;

    /// <summary>A list of values.</summary>
    public static PartValue From(IEnumerable<PartValue> values) => new List([.. values]);
}
