using System.Collections;
using Cairn.Checkpoints;

namespace Cairn;

/// <summary>Translates between the fields of TorchSharp's objects and the values of a checkpoint.</summary>
internal static class PlainValue
{
    /// <summary>Numbers, flags, text, enumerations; sequences and dictionaries of these; and small objects as the list of their fields.</summary>
    public static PartValue Save(object? value) => value switch
    {
        null => PartValue.None,
        bool flag => PartValue.From(flag),
        int number => PartValue.From((long)number),
        long number => PartValue.From(number),
        double number => PartValue.From(number),
        string text => PartValue.From(text),
        Enum constant => PartValue.From(constant.ToString()),
        IDictionary map => PartValue.From(map.Keys.Cast<string>().Order(StringComparer.Ordinal).Select(key => PartValue.From([Save(key), Save(map[key])]))),
        IEnumerable items => PartValue.From(items.Cast<object?>().Select(Save)),
        _ => PartValue.From(value.GetType().GetFields().OrderBy(field => field.Name, StringComparer.Ordinal).Select(field => Save(field.GetValue(value)))),
    };

    /// <summary>Whether <see cref="Load"/> can make a value for a field of this type.</summary>
    public static bool CanLoad(Type type) => Underlying(type) is var plain && (plain == typeof(bool) || plain == typeof(int) || plain == typeof(long) || plain == typeof(double));

    /// <summary>Whether a saved value fits a field of this type.</summary>
    public static bool Fits(PartValue value, Type type) => value switch
    {
        PartValue.Nothing => Nullable.GetUnderlyingType(type) is not null,
        PartValue.Flag => Underlying(type) == typeof(bool),
        PartValue.Integer { Value: var number } => Underlying(type) == typeof(long) || (Underlying(type) == typeof(int) && number is >= int.MinValue and <= int.MaxValue),
        PartValue.Real => Underlying(type) == typeof(double),
        _ => false,
    };

    /// <summary>The object to put into a field of this type; the value fits it.</summary>
    public static object? Load(PartValue value, Type type) => value switch
    {
        PartValue.Nothing => null,
        PartValue.Flag { Value: var flag } => flag,
        PartValue.Integer { Value: var number } => Underlying(type) == typeof(int) ? (object)(int)number : number,
        PartValue.Real { Value: var number } => number,
        _ => throw new ArgumentException($"{value} does not fit a field of type {type.Name}", nameof(value)),
    };

    /// <summary>A value in words, for a message.</summary>
    public static string InWords(PartValue value) => PartValueWords.InWords(value);

    private static Type Underlying(Type type) => Nullable.GetUnderlyingType(type) ?? type;
}
