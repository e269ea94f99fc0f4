using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cairn.Checkpoints.Records;

/// <summary>Values in JSON, so that each comes back as the same kind with the same bits.</summary>
/// <remarks>
/// Nothing, flags, whole numbers, texts and lists are null, true or false, numbers, strings and arrays. What JSON cannot tell
/// apart or cannot hold is an object of one member: <c>{"real": 0.1}</c>, the shortest digits that give the same double again;
/// <c>{"bits": "7ff0000000000000"}</c>, an infinity or a NaN; <c>{"utf16": "..."}</c>, in base64, a text with half a surrogate pair.
/// </remarks>
internal sealed class PartValueConverter : JsonConverter<PartValue>
{
    /// <summary>How deep lists may lie within one another.</summary>
    public const int MaximumDepth = 32;

    public override bool HandleNull => true;

    public override PartValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Read(ref reader, 0);

    public override void Write(Utf8JsonWriter writer, PartValue value, JsonSerializerOptions options)
    {
        switch (value)
        {
            case PartValue.Nothing:
                writer.WriteNullValue();
                break;
            case PartValue.Flag(var flag):
                writer.WriteBooleanValue(flag);
                break;
            case PartValue.Integer(var integer):
                writer.WriteNumberValue(integer);
                break;
            case PartValue.Real(var real):
                WriteReal(writer, real);
                break;
            case PartValue.Text(var text):
                WriteText(writer, text);
                break;
            case PartValue.List(var items):
                writer.WriteStartArray();
                foreach (var item in items)
                    Write(writer, item, options);
                writer.WriteEndArray();
                break;
            default:
                throw new ArgumentException($"no such kind of value: {value}", nameof(value));
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

    private static PartValue Read(ref Utf8JsonReader reader, int depth)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return PartValue.None;
            case JsonTokenType.True or JsonTokenType.False:
                return new PartValue.Flag(reader.GetBoolean());
            case JsonTokenType.Number when reader.TryGetInt64(out var integer):
                return new PartValue.Integer(integer);
            case JsonTokenType.String:
                return new PartValue.Text(reader.GetString()!);
            case JsonTokenType.StartArray when depth < MaximumDepth:
                var items = new List<PartValue>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(Read(ref reader, depth + 1));
                return PartValue.From(items);
            case JsonTokenType.StartObject:
                return ReadMarked(ref reader);
            default:
                throw new JsonException($"a value is a {reader.TokenType}, or lies deeper than {MaximumDepth} lists");
        }
    }

    private static PartValue ReadMarked(ref Utf8JsonReader reader)
    {
        reader.Read();
        var mark = reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;
        reader.Read();
        PartValue value = (mark, reader.TokenType) switch
        {
            ("real", JsonTokenType.Number) when reader.TryGetDouble(out var real) && double.IsFinite(real) => new PartValue.Real(real),
            ("bits", JsonTokenType.String) when IsBits(reader.GetString(), out var bits) => new PartValue.Real(BitConverter.UInt64BitsToDouble(bits)),
            ("utf16", JsonTokenType.String) when reader.TryGetBytesFromBase64(out var units) && units.Length % sizeof(char) == 0 => new PartValue.Text(FromUtf16(units)),
            _ => throw new JsonException($"a value is marked '{mark}', or does not fit that mark"),
        };

        if (!reader.Read() || reader.TokenType != JsonTokenType.EndObject)
            throw new JsonException("a value has more than one mark");
        return value;
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
