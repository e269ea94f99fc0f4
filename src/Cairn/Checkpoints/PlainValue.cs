using System.Globalization;
using System.Numerics;

namespace Cairn.Checkpoints;

/// <summary>What a plain value of .NET's (a counter, an option, an enumeration) is in a checkpoint, and back: one table for all who keep any.</summary>
internal static class PlainValue
{
    /// <summary>Whether values of a type can be saved and loaded: numbers, flags, text, enumerations, times; and each of them or null.</summary>
    public static bool IsKnown(Type type) => Underlying(type).IsEnum || FormOf(Underlying(type)) is not null;

    /// <summary>A value of a known type, or null.</summary>
    public static PartValue Save(object? value) => value switch
    {
        null => PartValue.None,
        Enum constant => PartValue.From(constant.ToString()),
        _ => FormOf(value.GetType())!.Save(value),
    };

    /// <summary>The value that was saved, if it is one of a known type exactly, or null.</summary>
    public static bool TryLoad(PartValue saved, Type type, out object? value)
    {
        var plain = Underlying(type);
        value = !plain.IsEnum ? FormOf(plain)?.Load(saved)
            : Enum.TryParse(plain, saved.Text, out var constant) ? constant
            : null;
        return value is null ? saved == PartValue.None && (plain != type || !plain.IsValueType) : Save(value) == saved;
    }

    // No dictionary: filling one would have the just-in-time compiler make code for every type in every program's start.
    private static Form? FormOf(Type type) =>
        type == typeof(bool) ? new(value => PartValue.From((bool)value), saved => saved.Flag)
        : type == typeof(string) ? new(value => PartValue.From((string)value), saved => saved.Text)
        : type == typeof(long) ? Integer<long>()
        : type == typeof(int) ? Integer<int>()
        : type == typeof(short) ? Integer<short>()
        : type == typeof(sbyte) ? Integer<sbyte>()
        : type == typeof(uint) ? Integer<uint>()
        : type == typeof(ushort) ? Integer<ushort>()
        : type == typeof(byte) ? Integer<byte>()
        : type == typeof(double) ? Real<double>()
        : type == typeof(float) ? Real<float>()
        : type == typeof(Half) ? Real<Half>()
        // What a long or a double does not hold exactly is text, which .NET writes so that the same value is read.
        : type == typeof(ulong) ? Text<ulong>()
        : type == typeof(nint) ? Text<nint>()
        : type == typeof(nuint) ? Text<nuint>()
        : type == typeof(Int128) ? Text<Int128>()
        : type == typeof(UInt128) ? Text<UInt128>()
        : type == typeof(BigInteger) ? Text<BigInteger>()
        : type == typeof(decimal) ? Text<decimal>()
        : type == typeof(Complex) ? Text<Complex>()
        : type == typeof(char) ? Text<char>()
        : type == typeof(Guid) ? Text<Guid>()
        : type == typeof(TimeSpan) ? Text<TimeSpan>("c")
        : type == typeof(DateTimeOffset) ? Text<DateTimeOffset>("O")
        : null;

    private static Form Integer<T>()
        where T : struct, IBinaryInteger<T> =>
        new(value => PartValue.From(long.CreateChecked((T)value)), saved => saved.Integer is { } integer ? T.CreateSaturating(integer) : null);

    private static Form Real<T>()
        where T : struct, IFloatingPoint<T> =>
        new(value => PartValue.From(double.CreateChecked((T)value)), saved => saved.Real is { } real ? T.CreateSaturating(real) : null);

    private static Form Text<T>(string? format = null)
        where T : struct, IParsable<T>, IFormattable =>
        new(value => PartValue.From(((T)value).ToString(format, CultureInfo.InvariantCulture)),
         saved => T.TryParse(saved.Text, CultureInfo.InvariantCulture, out var parsed) ? parsed : null);

    private static Type Underlying(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    private sealed record Form(Func<object, PartValue> Save, Func<PartValue, object?> Load);
}
