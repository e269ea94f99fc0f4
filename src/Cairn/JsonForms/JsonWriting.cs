using System.Text;
using System.Text.Json;

namespace Cairn.JsonForms;

/// <summary>JSON for programs.</summary>
internal static class JsonWriting
{
    /// <summary>A value on a line of its own, with the line's end.</summary>
    public static byte[] Line(Action<Utf8JsonWriter> write)
    {
        using var bytes = Write(write, default);
        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    /// <summary>The same in lines that people can read too, without an end.</summary>
    public static string Indented(Action<Utf8JsonWriter> write)
    {
        using var bytes = Write(write, new() { Indented = true });
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    public static void WriteTexts(this Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    public static void WriteNumberOrNull(this Utf8JsonWriter json, string name, int? number)
    {
        if (number is { } value)
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }

    public static void WriteIfThere(this Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
            json.WriteString(name, text);
    }

    public static void WriteIfThere(this Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } value)
            json.WriteString(name, value);
    }

    public static void WriteIfThere(this Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } value)
            json.WriteNumber(name, value);
    }

    /// <summary>JSON has no numbers for what is not finite: those three are named.</summary>
    public static void WriteReal(this Utf8JsonWriter json, string name, double real)
    {
        if (double.IsFinite(real))
            json.WriteNumber(name, real);
        else
            json.WriteString(name, double.IsNaN(real) ? "NaN" : real > 0 ? "Infinity" : "-Infinity");
    }

    /// <summary>One of those three, as it is read again.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static double RealByName(string? name) => name switch
    {
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => throw new FormatException("neither a number nor the name of one"),
    };

    private static MemoryStream Write(Action<Utf8JsonWriter> write, JsonWriterOptions options)
    {
        var bytes = new MemoryStream();
        using var json = new Utf8JsonWriter(bytes, options);
        write(json);
        return bytes;
    }
}
