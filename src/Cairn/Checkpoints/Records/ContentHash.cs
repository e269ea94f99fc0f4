using System.Globalization;
using System.IO.Hashing;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cairn.Checkpoints.Records;

/// <summary>XxHash128 of some bytes: finds what went wrong by accident (a torn write, a flipped bit); it is no defence against forgery.</summary>
/// <remarks>Written as 32 hexadecimal digits, in lower case, the most significant first, as <c>xxh128sum</c> prints it.</remarks>
[JsonConverter(typeof(ContentHashConverter))]
internal readonly record struct ContentHash(UInt128 Value)
{
    /// <summary>How many characters the text form has.</summary>
    public const int TextLength = 32;

    public static ContentHash Of(ReadOnlySpan<byte> bytes) => new(XxHash128.HashToUInt128(bytes));

    public static bool TryParse(ReadOnlySpan<char> text, out ContentHash hash)
    {
        var parsed = UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value);
        hash = new ContentHash(value);

        // One form only: a flipped bit may not turn a digit into its capital and go unnoticed.
        return parsed && text.SequenceEqual(hash.ToString());
    }

    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}

internal sealed class ContentHashConverter : JsonConverter<ContentHash>
{
    public override ContentHash Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && ContentHash.TryParse(reader.GetString(), out var hash)
            ? hash
            : throw new JsonException("a hash has 32 hexadecimal digits");

    public override void Write(Utf8JsonWriter writer, ContentHash value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
