using System.Text.Json;

namespace Cairn.Attempts;

/// <summary>
/// The fields of one object of a journal, on their way out or in: each method writes the value that it is given and returns
/// it, or returns the one that it reads. So a list of fields serves both ways.
/// </summary>
/// <remarks>
/// Null is not written. What is missing is read as null, 0 or an empty list, even a text that should be there: the line of another
/// version tells something all the same. A field of a wrong type throws.
/// </remarks>
internal sealed class JournalFields
{
    private readonly Utf8JsonWriter? writer;
    private readonly JsonElement line;

    /// <summary>Writes fields.</summary>
    public JournalFields(Utf8JsonWriter writer) => this.writer = writer;

    /// <summary>Reads fields.</summary>
    public JournalFields(JsonElement line) => this.line = line;

    public string Text(string name, string? value) => TextOrNull(name, value)!;

    public string? TextOrNull(string name, string? value)
    {
        if (writer is null)
            return IsThere(name, out var field) ? field.GetString() : null;
        if (value is not null)
            writer.WriteString(name, value);
        return value;
    }

    public int Int(string name, int? value) => IsNull(name) ? throw NoNumber(name) : IntOrNull(name, value) ?? 0;

    public int? IntOrNull(string name, int? value)
    {
        if (writer is null)
            return IsThere(name, out var field) ? field.GetInt32() : null;
        if (value is { } number)
            writer.WriteNumber(name, number);
        return value;
    }

    public long Long(string name, long? value) => IsNull(name) ? throw NoNumber(name) : LongOrNull(name, value) ?? 0;

    public long? LongOrNull(string name, long? value)
    {
        if (writer is null)
            return IsThere(name, out var field) ? field.GetInt64() : null;
        if (value is { } number)
            writer.WriteNumber(name, number);
        return value;
    }

    public double Real(string name, double? value)
    {
        if (writer is null)
            return line.TryGetProperty(name, out var field) ? ReadReal(field) : 0;
        writer.WritePropertyName(name);
        WriteReal(value ?? 0);
        return value ?? 0;
    }

    public DateTimeOffset Time(string name, DateTimeOffset? value) => IsNull(name) ? throw NoNumber(name) : TimeOrNull(name, value) ?? default;

    public DateTimeOffset? TimeOrNull(string name, DateTimeOffset? value)
    {
        if (writer is null)
            return IsThere(name, out var field) ? field.GetDateTimeOffset() : null;
        if (value is { } time)
            writer.WriteString(name, time);
        return value;
    }

    public IReadOnlyList<string> Texts(string name, IReadOnlyList<string>? value)
    {
        if (writer is null)
        {
            if (!IsThere(name, out var list))
                return [];
            var texts = new List<string>(list.GetArrayLength());
            foreach (var text in list.EnumerateArray())
                texts.Add(text.GetString()!);
            return texts;
        }

        writer.WriteStartArray(name);
        foreach (var text in value!)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
        return value;
    }

    public IReadOnlyList<long> Longs(string name, IReadOnlyList<long>? value)
    {
        if (writer is null)
        {
            if (!IsThere(name, out var list))
                return [];
            var numbers = new List<long>(list.GetArrayLength());
            foreach (var number in list.EnumerateArray())
                numbers.Add(number.GetInt64());
            return numbers;
        }

        writer.WriteStartArray(name);
        foreach (var number in value!)
            writer.WriteNumberValue(number);
        writer.WriteEndArray();
        return value;
    }

    public IReadOnlyDictionary<string, double>? RealsOrNull(string name, IReadOnlyDictionary<string, double>? value)
    {
        if (writer is null)
        {
            if (!IsThere(name, out var map))
                return null;
            var reals = new Dictionary<string, double>();
            foreach (var real in map.EnumerateObject())
                reals[real.Name] = ReadReal(real.Value);
            return reals;
        }

        if (value is null)
            return null;
        writer.WriteStartObject(name);
        foreach (var (key, real) in value)
        {
            writer.WritePropertyName(key);
            WriteReal(real);
        }

        writer.WriteEndObject();
        return value;
    }

    /// <summary>An object, whose fields <paramref name="pass"/> lists.</summary>
    public T? Object<T>(string name, T? value, Func<JournalFields, T?, T> pass)
        where T : class
    {
        if (writer is null)
            return IsThere(name, out var inner) ? pass(new JournalFields(inner), null) : null;
        if (value is null)
            return null;
        writer.WriteStartObject(name);
        pass(this, value);
        writer.WriteEndObject();
        return value;
    }

    private bool IsThere(string name, out JsonElement field) => line.TryGetProperty(name, out field) && field.ValueKind != JsonValueKind.Null;

    // Missing is 0, null is not.
    private bool IsNull(string name) => writer is null && line.TryGetProperty(name, out var field) && field.ValueKind == JsonValueKind.Null;

    private static FormatException NoNumber(string name) => new($"'{name}' is null");

    // JSON has no numbers for these three.
    private void WriteReal(double real)
    {
        if (double.IsFinite(real))
            writer!.WriteNumberValue(real);
        else
            writer!.WriteStringValue(double.IsNaN(real) ? "NaN" : real > 0 ? "Infinity" : "-Infinity");
    }

    private static double ReadReal(JsonElement real) => real.ValueKind == JsonValueKind.Number
        ? real.GetDouble()
        : real.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => throw new FormatException("neither a number nor the name of one"),
        };
}
