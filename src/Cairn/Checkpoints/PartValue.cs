using System.Globalization;

namespace Cairn.Checkpoints;

/// <summary>
/// A small value of a part: nothing, true or false, a whole number, a double, text, or a list of such values. It is kept in the
/// commit record, exactly (doubles to the last bit, infinities and NaN too).
/// </summary>
/// <remarks>
/// One of the properties is not null: that of the kind of value that it is. None is of more than one kind, so a whole number is no
/// <see cref="Real"/>.
/// </remarks>
public sealed record PartValue
{
    private readonly object? content;

    private PartValue(object? content) => this.content = content;

    /// <summary>No value.</summary>
    public static PartValue None { get; } = new(content: null);

    /// <summary>True or false.</summary>
    public bool? Flag => content as bool?;

    /// <summary>A whole number.</summary>
    public long? Integer => content as long?;

    /// <summary>A double; two are equal when their bits are.</summary>
    public double? Real => content as double?;

    /// <summary>Text.</summary>
    public string? Text => content as string;

    /// <summary>Several values in order.</summary>
    public IReadOnlyList<PartValue>? Items => content as PartValue[];

    /// <summary>A number of either kind.</summary>
    internal double? Number => Real ?? Integer;

    /// <summary>A flag; <see cref="None"/> for null.</summary>
    public static PartValue From(bool? value) => value is { } flag ? new(flag) : None;

    /// <summary>A whole number; <see cref="None"/> for null.</summary>
    public static PartValue From(long? value) => value is { } integer ? new(integer) : None;

    /// <summary>A double; <see cref="None"/> for null.</summary>
    public static PartValue From(double? value) => value is { } real ? new(real) : None;

    /// <summary>Text; <see cref="None"/> for null.</summary>
    public static PartValue From(string? value) => value is { } text ? new(text) : None;

    /// <summary>A list of values.</summary>
    public static PartValue From(IEnumerable<PartValue> values) => new(values.ToArray());

    /// <inheritdoc/>
    public bool Equals(PartValue? other) => (content, other?.content) switch
    {
        (double one, double another) => BitConverter.DoubleToInt64Bits(one) == BitConverter.DoubleToInt64Bits(another),
        (PartValue[] one, PartValue[] another) => one.AsSpan().SequenceEqual(another),
        (var one, var another) => other is not null && Equals(one, another),
    };

    /// <inheritdoc/>
    public override int GetHashCode() => content switch
    {
        double real => BitConverter.DoubleToInt64Bits(real).GetHashCode(),
        PartValue[] items => items.Length,
        _ => content?.GetHashCode() ?? 0,
    };

    /// <summary>The value in words, for a message.</summary>
    public override string ToString() => content switch
    {
        bool flag => flag ? "true" : "false",
        long integer => integer.ToString(CultureInfo.InvariantCulture),
        double real => real.ToString("R", CultureInfo.InvariantCulture),
        string text => text,
        PartValue[] items => $"[{string.Join(", ", items.AsEnumerable())}]",
        _ => "none",
    };
}
