using System.Text.Json;

namespace Cairn.Checkpoints.Records;

/// <summary>The members of one object of the record, taken one by one: each must be there, none twice, none unknown, none null that may not be.</summary>
internal sealed class RecordMembers
{
    private const string NoHash = "is no hash of 32 hexadecimal digits";
    private readonly JsonElement json;
    private readonly string what;
    private readonly List<string> taken = [];

    /// <param name="json">The object.</param>
    /// <param name="what">What it is, for messages.</param>
    public RecordMembers(JsonElement json, string what)
    {
        this.json = json.ValueKind == JsonValueKind.Object ? json : throw new JsonException($"{what} is {json.ValueKind}, not an object");
        this.what = what;
    }

    /// <summary>The next one to read.</summary>
    public JsonElement Take(string name)
    {
        taken.Add(name);
        return json.TryGetProperty(name, out var member) ? member : throw new JsonException($"{what} has no '{name}'");
    }

    public string Text(string name) => TextOrNull(name) ?? throw Unfit(name, "is null");

    public string? TextOrNull(string name) => Take(name) is { ValueKind: JsonValueKind.String or JsonValueKind.Null } text
        ? text.GetString()
        : throw Unfit(name, "is no text");

    public int Int(string name) => Take(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value)
        ? value
        : throw Unfit(name, "is no whole number of 32 bits");

    public long Long(string name) => Take(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value)
        ? value
        : throw Unfit(name, "is no whole number of 64 bits");

    public DateTimeOffset Time(string name) => Take(name) is { ValueKind: JsonValueKind.String } text && text.TryGetDateTimeOffset(out var value)
        ? value
        : throw Unfit(name, "is no time");

    /// <summary>Whether one is there, which need not be.</summary>
    public bool Has(string name) => json.TryGetProperty(name, out _);

    public ContentHash Hash(string name) => ContentHash.TryParse(TextOrNull(name), out var hash)
        ? hash
        : throw Unfit(name, NoHash);

    /// <summary>Several hashes; at least one.</summary>
    public ContentHash[] Hashes(string name)
    {
        var list = Array(name);
        var hashes = new ContentHash[list.GetArrayLength()];
        var next = 0;
        foreach (var one in list.EnumerateArray())
        {
            if (one.ValueKind != JsonValueKind.String || !ContentHash.TryParse(one.GetString(), out hashes[next++]))
                throw Unfit(name, NoHash);
        }

        return next > 0 ? hashes : throw Unfit(name, "is empty");
    }

    public JsonElement Array(string name) => Take(name) is { ValueKind: JsonValueKind.Array } array ? array : throw Unfit(name, "is no list");

    public JsonElement Object(string name) => Take(name) is { ValueKind: JsonValueKind.Object } inner ? inner : throw Unfit(name, "is no object");

    public JsonException Unfit(string name, string why) => new($"'{name}' of {what} {why}");

    /// <summary>Whatever was not taken by now does not belong there.</summary>
    public void End()
    {
        if (json.GetPropertyCount() == taken.Count)
            return;
        foreach (var member in json.EnumerateObject())
        {
            if (!taken.Remove(member.Name))
                throw new JsonException($"'{member.Name}' of {what} is not known, or there twice");
        }
    }
}
