using System.Text.Json;

namespace Cairn.Cli.JsonForms;

/// <summary>
/// Objects of JSON that Cairn itself has written, maybe another version of it: what is missing has its default, what is unknown is
/// passed over, and of what is there twice the last counts. By hand: a serializer's
/// metadata would be a twelfth of the program.
/// </summary>
internal static class JsonReading
{
    /// <summary>Reads an object; null where null stands for it.</summary>
    /// <param name="json">The object.</param>
    /// <param name="empty">One without members.</param>
    /// <param name="with">Adds a member, by its name, to what is there so far.</param>
    /// <exception cref="JsonException">It is no object, or a member is not of its type.</exception>
    public static T? Object<T>(JsonElement json, T empty, Func<T, string, JsonElement, T> with)
        where T : class
    {
        if (json.ValueKind == JsonValueKind.Null)
            return null;
        if (json.ValueKind != JsonValueKind.Object)
            throw new JsonException($"{json.ValueKind} stands where an object must");
        var read = empty;
        foreach (var member in json.EnumerateObject())
        {
            string? name = null;
            try
            {
                name = member.Name;
                read = with(read, name, member.Value);
            }
            catch (Exception error) when (error is InvalidOperationException or FormatException)
            {
                throw new JsonException($"{(name is null ? "a name" : $"'{name}'")} cannot be read: {error.Message}", error);
            }
        }

        return read;
    }

    public static IReadOnlyList<string>? Texts(this JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Null)
            return null;
        var texts = new List<string>();
        foreach (var text in json.EnumerateArray())
            texts.Add(text.GetString()!);
        return texts;
    }

    public static IReadOnlyList<int>? Numbers(this JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Null)
            return null;
        var numbers = new List<int>();
        foreach (var number in json.EnumerateArray())
            numbers.Add(number.GetInt32());
        return numbers;
    }

    public static int? NumberOrNull(this JsonElement json) => json.ValueKind == JsonValueKind.Null ? null : json.GetInt32();

    public static bool? FlagOrNull(this JsonElement json) => json.ValueKind == JsonValueKind.Null ? null : json.GetBoolean();

    /// <summary>One of an enumeration, by its name or its number.</summary>
    public static T OneOf<T>(this JsonElement json)
        where T : struct, Enum
    {
        var text = json.ValueKind == JsonValueKind.Number ? json.GetRawText() : json.GetString();
        return Enum.TryParse(text, ignoreCase: true, out T value) ? value : throw new FormatException($"'{text}' is not known");
    }
}
