using System.Text.Json.Serialization;

namespace Cairn.Checkpoints.Records;

/// <summary>The record's JSON, generated at build time: every member must be there, none twice, none unknown, none null that may not be.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    IndentSize = 1,
    NewLine = "\n",
    MaxDepth = 64,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    Converters = [typeof(PartValueConverter)])]
[JsonSerializable(typeof(CommitRecord))]
internal sealed partial class CommitRecordJson : JsonSerializerContext;
