using System.Globalization;
using System.Numerics;

namespace Cairn.Checkpoints;

/// <summary>A plain value of the program as a part of a checkpoint: a counter, the best loss so far, a switch, a name.</summary>
public sealed class ValuePart : ICheckpointPart, IMayDifferByRank
{
    private const string ValueName = "value";

    private readonly string kind;
    private readonly Func<PartValue> get;
    private readonly Func<PartValue, bool> fits;
    private readonly Action<PartValue> set;

    private ValuePart(string kind, Func<PartValue> get, Func<PartValue, bool> fits, Action<PartValue> set) =>
        (this.kind, this.get, this.fits, this.set) = (kind, get, fits, set);

    /// <summary>A whole number.</summary>
    /// <param name="get">Reads it at a save.</param>
    /// <param name="set">Puts it back at a restore.</param>
    public static ValuePart Of(Func<long> get, Action<long> set)
    {
        ArgumentNullException.ThrowIfNull(get);
        ArgumentNullException.ThrowIfNull(set);
        return new("a whole number", () => PartValue.From(get()), value => value is PartValue.Integer, value => set(((PartValue.Integer)value).Value));
    }

    /// <summary>A double, to the last bit.</summary>
    /// <param name="get">Reads it at a save.</param>
    /// <param name="set">Puts it back at a restore.</param>
    public static ValuePart Of(Func<double> get, Action<double> set)
    {
        ArgumentNullException.ThrowIfNull(get);
        ArgumentNullException.ThrowIfNull(set);
        return new("a real number", () => PartValue.From(get()), value => value is PartValue.Real, value => set(((PartValue.Real)value).Value));
    }

    /// <summary>True or false.</summary>
    /// <param name="get">Reads it at a save.</param>
    /// <param name="set">Puts it back at a restore.</param>
    public static ValuePart Of(Func<bool> get, Action<bool> set)
    {
        ArgumentNullException.ThrowIfNull(get);
        ArgumentNullException.ThrowIfNull(set);
        return new("true or false", () => PartValue.From(get()), value => value is PartValue.Flag, value => set(((PartValue.Flag)value).Value));
    }

    /// <summary>Text, or null.</summary>
    /// <param name="get">Reads it at a save.</param>
    /// <param name="set">Puts it back at a restore.</param>
    public static ValuePart Of(Func<string?> get, Action<string?> set)
    {
        ArgumentNullException.ThrowIfNull(get);
        ArgumentNullException.ThrowIfNull(set);
        return new("text", () => PartValue.From(get()), value => value is PartValue.Text or PartValue.Nothing, value => set((value as PartValue.Text)?.Value));
    }

    /// <summary>A number of any other type of .NET's, exactly: int, float, byte, Half, decimal, ...</summary>
    /// <typeparam name="T">The number's type.</typeparam>
    /// <param name="get">Reads it at a save.</param>
    /// <param name="set">Puts it back at a restore.</param>
    public static ValuePart Of<T>(Func<T> get, Action<T> set)
        where T : struct, INumberBase<T>
    {
        ArgumentNullException.ThrowIfNull(get);
        ArgumentNullException.ThrowIfNull(set);
        return new($"a number of the type {typeof(T).Name}", () => Write(get()), value => TryRead<T>(value, out _), value => set(TryRead<T>(value, out var number) ? number : default));
    }

    // What a long or a double holds exactly is one; else it is text, which .NET writes so that the same number is read.
    private static PartValue Write<T>(T number)
        where T : struct, INumberBase<T> => number switch
        {
            long or int or short or sbyte or uint or ushort or byte => PartValue.From(long.CreateChecked(number)),
            double or float or Half => PartValue.From(double.CreateChecked(number)),
            _ => PartValue.From(number.ToString(null, CultureInfo.InvariantCulture)),
        };

    private static bool TryRead<T>(PartValue value, out T number)
        where T : struct, INumberBase<T>
    {
        number = value switch
        {
            PartValue.Integer(var integer) => T.CreateSaturating(integer),
            PartValue.Real(var real) => T.CreateSaturating(real),
            PartValue.Text(var text) when T.TryParse(text, NumberStyles.Any, CultureInfo.InvariantCulture, out var parsed) => parsed,
            _ => default,
        };
        return Write(number) == value; // of another type, or too large for this one
    }

    /// <inheritdoc/>
    public PartState Describe() => new() { Values = new Dictionary<string, PartValue>(StringComparer.Ordinal) { [ValueName] = get() } };

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        if (saved.Tensors.Count > 0 || saved.Values.Count != 1 || !saved.Values.TryGetValue(ValueName, out var value))
            yield return $"it is {kind}, in the checkpoint it is no plain value";
        else if (!fits(value))
            yield return $"it is {kind}, in the checkpoint {value}";
    }

    /// <inheritdoc/>
    public void Restore(PartReader saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        set(saved.Record.Values[ValueName]);
    }
}
