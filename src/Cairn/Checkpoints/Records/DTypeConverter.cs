using System.Text.Json;
using System.Text.Json.Serialization;
using Cairn.Checkpoints.Safetensors;

namespace Cairn.Checkpoints.Records;

/// <summary>Element types by the names of safetensors, and C64 and C128 for what it lacks.</summary>
internal sealed class DTypeConverter : JsonConverter<DType>
{
    public override DType Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && SafetensorsTypes.Find(reader.GetString()) is { } type
            ? type
            : throw new JsonException("an element type is one of BOOL, U8, I8, I16, I32, I64, F16, BF16, F32, F64, C64, C128");

    public override void Write(Utf8JsonWriter writer, DType value, JsonSerializerOptions options) =>
        writer.WriteStringValue(SafetensorsTypes.NameOf(value));
}
