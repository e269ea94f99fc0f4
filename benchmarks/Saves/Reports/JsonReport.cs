using System.Text.Json;
using System.Text.Json.Serialization;
using Saves.Measuring;

namespace Saves.Reports;

/// <summary>Every value of every round, for programs.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) } };

    public static string Of(string machine, IReadOnlyList<Section> sections) => JsonSerializer.Serialize(new { machine, sections }, Options);
}
