using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Cairn.Checkpoints.Records;

/// <summary>Values in JSON, so that each comes back as the same kind with the same bits.</summary>
/// <remarks>
/// Nothing, flags, whole numbers, texts and lists are null, true or false, numbers, strings and arrays. What JSON cannot tell
/// apart or cannot hold is an object of one member: <c>{"real": 0.1}</c>, the shortest digits that give the same double again;
/// <c>{"bits": "7ff0000000000000"}</c>, an infinity or a NaN; <c>{"utf16": "..."}</c>, in base64, a text with half a surrogate pair.
/// </remarks>
internal static class PartValueJson
{
    /// <summary>How deep lists may lie within one another.</summary>
    public const int MaximumDepth = 32;

    /// <summary>A value as text.</summary>
    public static string ToText(PartValue value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
            Write(writer, value);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    public static void Write(Utf8JsonWriter writer, PartValue value)
    {
        if (value.Flag is { } flag)
        {
            writer.WriteBooleanValue(flag);
        }
        else if (value.Integer is { } integer)
        {
            writer.WriteNumberValue(integer);
        }
        else if (value.Real is { } real)
        {
            WriteReal(writer, real);
        }
        else if (value.Text is { } text)
        {
            WriteText(writer, text);
        }
        else if (value.Items is { } items)
        {
            writer.WriteStartArray();
            foreach (var item in items)
                Write(writer, item);
            writer.WriteEndArray();
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private static void WriteReal(Utf8JsonWriter writer, double real)
    {
        writer.WriteStartObject();
        if (double.IsFinite(real))
            writer.WriteNumber("real", real);
        else
            writer.WriteString("bits", BitConverter.DoubleToUInt64Bits(real).ToString("x16", CultureInfo.InvariantCulture));
        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, string text)
    {
        if (IsWellFormed(text))
        {
            writer.WriteStringValue(text);
            return;
        }

        var units = new byte[text.Length * sizeof(char)];
        for (var i = 0; i < text.Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(units.AsSpan(i * sizeof(char)), text[i]);
        writer.WriteStartObject();
        writer.WriteBase64String("utf16", units);
        writer.WriteEndObject();
    }

    /// <summary>Whether a text has no half surrogate pair, so that UTF-8 can hold it.</summary>
    internal static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var consumed) != System.Buffers.OperationStatus.Done)
                return false;
            text = text[consumed..];
        }

        return true;
    }

    /// <exception cref="JsonException">It is no value.</exception>
    public static PartValue Read(JsonElement json) => Read(json, 0);

    private static PartValue Read(JsonElement json, int depth)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Null:
                return PartValue.None;
            case JsonValueKind.True or JsonValueKind.False:
                return PartValue.From(json.GetBoolean());
            case JsonValueKind.Number when json.TryGetInt64(out var integer):
                return PartValue.From(integer);
            case JsonValueKind.String:
                return PartValue.From(json.GetString()!);
            case JsonValueKind.Array when depth < MaximumDepth:
                var items = new List<PartValue>(json.GetArrayLength());
                foreach (var item in json.EnumerateArray())
                    items.Add(Read(item, depth + 1));
                return PartValue.From(items);
            case JsonValueKind.Object:
                return ReadMarked(json);
            default:
                throw new JsonException($"a value is a {json.ValueKind} that no value is, or lies deeper than {MaximumDepth} lists");
        }
    }

    private static PartValue ReadMarked(JsonElement json)
    {
        if (json.GetPropertyCount() > 1)
            throw new JsonException("a value has more than one mark");
        foreach (var member in json.EnumerateObject())
        {
            var marked = member.Value;
            switch (member.Name, marked.ValueKind)
            {
                case ("real", JsonValueKind.Number) when marked.TryGetDouble(out var real) && double.IsFinite(real):
                    return PartValue.From(real);
                case ("bits", JsonValueKind.String) when IsBits(marked.GetString(), out var bits):
                    return PartValue.From(BitConverter.UInt64BitsToDouble(bits));
                case ("utf16", JsonValueKind.String) when marked.TryGetBytesFromBase64(out var units) && units.Length % sizeof(char) == 0:
                    return PartValue.From(FromUtf16(units));
                default:
                    throw new JsonException($"a value is marked '{member.Name}', or does not fit that mark");
            }
        }

        throw new JsonException("a value is an object that is not marked");
    }

    private static bool IsBits(string? text, out ulong bits)
    {
        bits = 0;
        return text is { Length: 16 } && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bits);
    }

    private static string FromUtf16(byte[] units) => string.Create(units.Length / sizeof(char), units, static (text, bytes) =>
    {
        for (var i = 0; i < text.Length; i++)
            text[i] = (char)BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(i * sizeof(char)));
    });
}
