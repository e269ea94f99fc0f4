using System.Text.Json;

namespace Cairn.JsonForms;

/// <summary>
/// The fields of one object of JSON that Cairn itself writes, on their way out or in: each method writes the value that it is given
/// and returns it, or returns the one that it reads. So one list of fields serves both ways. By hand: generated serializers for
/// the two journals alone would add a fourteenth to the program.
/// </summary>
/// <remarks>
/// Maybe another version has written what is read. What is missing is null, 0, false or an empty list, even a text that should be
/// there; what is unknown is passed over, and of what is there twice the last counts. A field of a wrong type throws.
/// </remarks>
internal sealed class JsonFields
{
    private readonly Utf8JsonWriter? writer;
    private readonly bool nulls;
    private readonly JsonElement json;
    private string newest = "";

    private JsonFields(Utf8JsonWriter writer, bool nulls) => (this.writer, this.nulls) = (writer, nulls);

    private JsonFields(JsonElement json) => this.json = json;

    /// <summary>Writes an object.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">It.</param>
    /// <param name="list">Lists its fields.</param>
    /// <param name="nulls">Whether null is written; else such a field is left out.</param>
    public static void Write<T>(Utf8JsonWriter writer, T value, Func<JsonFields, T?, T> list, bool nulls)
        where T : class
    {
        writer.WriteStartObject();
        list(new JsonFields(writer, nulls), value);
        writer.WriteEndObject();
    }

    /// <summary>Reads an object; null where null stands for it.</summary>
    /// <exception cref="JsonException">It is no object, or a field is not of its type.</exception>
    public static T? Read<T>(JsonElement json, Func<JsonFields, T?, T> list)
        where T : class
    {
        if (json.ValueKind == JsonValueKind.Null)
            return null;
        if (json.ValueKind != JsonValueKind.Object)
            throw new JsonException($"{json.ValueKind} stands where an object must");
        var fields = new JsonFields(json);
        try
        {
            return list(fields, null);
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException)
        {
            throw new JsonException($"'{fields.newest}' cannot be read: {error.Message}", error);
        }
    }

    public string Text(string name, string? value) => TextOrNull(name, value)!;

    public string? TextOrNull(string name, string? value)
    {
        if (writer is null)
            return Find(name)?.GetString();
        if (Begin(name, value is null))
            writer.WriteStringValue(value);
        return value;
    }

    public bool Flag(string name, bool? value) => FlagOrNull(NotNull(name), value) ?? false;

    public bool? FlagOrNull(string name, bool? value)
    {
        if (writer is null)
            return Find(name)?.GetBoolean();
        if (Begin(name, value is null))
            writer.WriteBooleanValue(value!.Value);
        return value;
    }

    public int Int(string name, int? value) => IntOrNull(NotNull(name), value) ?? 0;

    public int? IntOrNull(string name, int? value)
    {
        if (writer is null)
            return Find(name)?.GetInt32();
        if (Begin(name, value is null))
            writer.WriteNumberValue(value!.Value);
        return value;
    }

    public long Long(string name, long? value) => LongOrNull(NotNull(name), value) ?? 0;

    public long? LongOrNull(string name, long? value)
    {
        if (writer is null)
            return Find(name)?.GetInt64();
        if (Begin(name, value is null))
            writer.WriteNumberValue(value!.Value);
        return value;
    }

    public double Real(string name, double? value)
    {
        if (writer is null)
            return Find(NotNull(name)) is { } field ? ReadReal(field) : 0;
        writer.WriteReal(name, value ?? 0);
        return value ?? 0;
    }

    public double? RealOrNull(string name, double? value)
    {
        if (writer is null)
            return Find(name) is { } field ? ReadReal(field) : null;
        if (value is { } real)
            writer.WriteReal(name, real);
        else
            _ = Begin(name, isNull: true);
        return value;
    }

    public DateTimeOffset Time(string name, DateTimeOffset? value) => TimeOrNull(NotNull(name), value) ?? default;

    public DateTimeOffset? TimeOrNull(string name, DateTimeOffset? value)
    {
        if (writer is null)
            return Find(name)?.GetDateTimeOffset();
        if (Begin(name, value is null))
            writer.WriteStringValue(value!.Value);
        return value;
    }

    /// <summary>One of an enumeration by its name; read by its number, too.</summary>
    public T OneOf<T>(string name, T? value)
        where T : struct, Enum
    {
        if (writer is not null)
        {
            writer.WriteString(name, value.ToString());
            return value!.Value;
        }

        if (Find(NotNull(name)) is not { } field)
            return default;
        var text = field.ValueKind == JsonValueKind.Number ? field.GetRawText() : field.GetString();
        return Enum.TryParse(text, ignoreCase: true, out T one) ? one : throw new FormatException($"'{text}' is not known");
    }

    public IReadOnlyList<string> Texts(string name, IReadOnlyList<string>? value) => TextsOrNull(name, value) ?? [];

    public IReadOnlyList<string>? TextsOrNull(string name, IReadOnlyList<string>? value) =>
        ListOrNull(name, value, static text => text.GetString()!, static (writer, text) => writer.WriteStringValue(text));

    public IReadOnlyList<int>? IntsOrNull(string name, IReadOnlyList<int>? value) =>
        ListOrNull(name, value, static number => number.GetInt32(), static (writer, number) => writer.WriteNumberValue(number));

    public IReadOnlyList<long> Longs(string name, IReadOnlyList<long>? value) =>
        ListOrNull(name, value, static number => number.GetInt64(), static (writer, number) => writer.WriteNumberValue(number)) ?? [];

    public IReadOnlyDictionary<string, double>? RealsOrNull(string name, IReadOnlyDictionary<string, double>? value)
    {
        if (writer is null)
        {
            if (Find(name) is not { } map)
                return null;
            var reals = new Dictionary<string, double>();
            foreach (var real in map.EnumerateObject())
                reals[real.Name] = ReadReal(real.Value);
            return reals;
        }

        if (!Begin(name, value is null))
            return value;
        writer.WriteStartObject();
        foreach (var (key, real) in value!)
            writer.WriteReal(key, real);
        writer.WriteEndObject();
        return value;
    }

    /// <summary>An object, whose fields <paramref name="list"/> lists.</summary>
    public T? ObjectOrNull<T>(string name, T? value, Func<JsonFields, T?, T> list)
        where T : class
    {
        if (writer is null)
            return Find(name) is { } inner ? Read(inner, list) : null;
        if (Begin(name, value is null))
            Write(writer, value!, list, nulls);
        return value;
    }

    /// <summary>Objects by their names.</summary>
    public IReadOnlyDictionary<string, T>? ObjectsOrNull<T>(string name, IReadOnlyDictionary<string, T>? value, Func<JsonFields, T?, T> list)
        where T : class
    {
        if (writer is null)
        {
            if (Find(name) is not { } map)
                return null;
            var objects = new Dictionary<string, T>();
            foreach (var member in map.EnumerateObject())
                objects[member.Name] = Read(member.Value, list) ?? throw new FormatException($"'{member.Name}' is null");
            return objects;
        }

        if (!Begin(name, value is null))
            return value;
        writer.WriteStartObject();
        foreach (var (key, one) in value!)
        {
            writer.WritePropertyName(key);
            Write(writer, one, list, nulls);
        }

        writer.WriteEndObject();
        return value;
    }

    private IReadOnlyList<T>? ListOrNull<T>(string name, IReadOnlyList<T>? value, Func<JsonElement, T> read, Action<Utf8JsonWriter, T> write)
    {
        if (writer is null)
        {
            if (Find(name) is not { } list)
                return null;
            var items = new List<T>(list.GetArrayLength());
            foreach (var item in list.EnumerateArray())
                items.Add(read(item));
            return items;
        }

        if (!Begin(name, value is null))
            return value;
        writer.WriteStartArray();
        foreach (var item in value!)
            write(writer, item);
        writer.WriteEndArray();
        return value;
    }

    // Null where it is missing, or null.
    private JsonElement? Find(string name)
    {
        newest = name;
        return json.TryGetProperty(name, out var field) && field.ValueKind != JsonValueKind.Null ? field : null;
    }

    // Missing is 0, null is not.
    private string NotNull(string name)
    {
        newest = name;
        return writer is null && json.TryGetProperty(name, out var field) && field.ValueKind == JsonValueKind.Null
            ? throw new FormatException("it is null")
            : name;
    }

    // Whether a value is to follow.
    private bool Begin(string name, bool isNull)
    {
        if (!isNull || nulls)
            writer!.WritePropertyName(name);
        if (isNull && nulls)
            writer!.WriteNullValue();
        return !isNull;
    }

    private static double ReadReal(JsonElement real) => real.ValueKind == JsonValueKind.Number
        ? real.GetDouble()
        : JsonWriting.RealByName(real.GetString());
}
