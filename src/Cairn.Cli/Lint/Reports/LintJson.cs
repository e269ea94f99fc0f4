using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cairn.Cli.Lint.Reports;

/// <summary>The findings for programs.</summary>
internal static class LintJson
{
    public static string Write(IReadOnlyList<LintedFile> files) =>
        JsonSerializer.Serialize(
            new JsonReport([.. files.Select(file => new JsonFile(file.Path, file.Error, [.. file.Mended.Select(Of)], [.. file.Findings.Select(Of)]))]),
            LintJsonContext.Default.JsonReport);

    public static JsonFinding Of(Finding finding) => new(
        finding.Rule.Id, LintTable.Name(finding.Level), finding.Flaw.Line, finding.Rule.Title, finding.Flaw.WillHappen, finding.Flaw.Advice, finding.Flaw.Fix.Count > 0);
}

internal sealed record JsonReport(IReadOnlyList<JsonFile> Files);

internal sealed record JsonFile(string Path, string? Error, IReadOnlyList<JsonFinding> Mended, IReadOnlyList<JsonFinding> Findings);

internal sealed record JsonFinding(string Rule, string Level, int Line, string Title, string WillHappen, string Advice, bool CanBeFixed);

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JsonReport))]
internal sealed partial class LintJsonContext : JsonSerializerContext;
