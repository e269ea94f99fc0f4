using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cairn.Cli.Lint.Reports;

/// <summary>The findings as SARIF 2.1.0, which code hosts and editors show beside the lines.</summary>
internal static class Sarif
{
    public static string Write(IReadOnlyList<LintedFile> files)
    {
        var rules = LintRules.All.Select(rule => new SarifRule(rule.Id, new(rule.Title), new(LintTable.Name(rule.Level)), new($"See docs/lint.md, {rule.Id}."))).ToArray();
        var results = from file in files
                      from finding in file.Findings
                      select Result(file.Path, finding);
        var notifications = from file in files
                            where file.Error is not null
                            select new SarifNotification("error", new(file.Error!), [new(new(new(Uri(file.Path)), null))]);
        var unread = notifications.ToArray();
        var run = new SarifRun(new(new("cairn", CairnVersion.Text, rules)), [.. results], [new(unread.Length == 0, unread)], "unicodeCodePoints");
        return JsonSerializer.Serialize(new("https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", [run]), SarifContext.Default.SarifLog);
    }

    private static SarifResult Result(string path, Finding finding)
    {
        var artifact = new SarifArtifact(Uri(path));
        var index = LintRules.All.Index().First(rule => rule.Item == finding.Rule).Index;
        return new(
            finding.Rule.Id,
            index,
            LintTable.Name(finding.Level),
            new($"{finding.Flaw.WillHappen} {finding.Flaw.Advice}"),
            [new(new(artifact, new(finding.Flaw.Line, null, null, null)))],
            finding.Flaw.Fix.Count == 0 ? null : [new(new(finding.Flaw.Advice), [new(artifact, [.. finding.Flaw.Fix.Select(Replacement)])])]);
    }

    // Whole lines: from the first column of one to the first of the next.
    private static SarifReplacement Replacement(LineEdit edit) =>
        new(new(edit.Line, 1, edit.Line + 1, 1), new(string.Concat(edit.NewLines.Select(line => line + "\n"))));

    private static string Uri(string path) =>
        (path.StartsWith('/') ? "file://" : "") + string.Join('/', path.Split('/').Select(System.Uri.EscapeDataString));
}

internal sealed record SarifLog([property: JsonPropertyName("$schema")] string Schema, string Version, IReadOnlyList<SarifRun> Runs);

internal sealed record SarifRun(SarifTool Tool, IReadOnlyList<SarifResult> Results, IReadOnlyList<SarifInvocation> Invocations, string ColumnKind);

internal sealed record SarifTool(SarifDriver Driver);

internal sealed record SarifDriver(string Name, string Version, IReadOnlyList<SarifRule> Rules);

internal sealed record SarifRule(string Id, SarifText ShortDescription, SarifConfiguration DefaultConfiguration, SarifText Help);

internal sealed record SarifConfiguration(string Level);

internal sealed record SarifText(string Text);

internal sealed record SarifInvocation(bool ExecutionSuccessful, IReadOnlyList<SarifNotification> ToolExecutionNotifications);

internal sealed record SarifNotification(string Level, SarifText Message, IReadOnlyList<SarifLocation> Locations);

internal sealed record SarifResult(
    string RuleId, int RuleIndex, string Level, SarifText Message, IReadOnlyList<SarifLocation> Locations, IReadOnlyList<SarifFix>? Fixes);

internal sealed record SarifLocation(SarifPhysicalLocation PhysicalLocation);

internal sealed record SarifPhysicalLocation(SarifArtifact ArtifactLocation, SarifRegion? Region);

internal sealed record SarifArtifact(string Uri);

internal sealed record SarifRegion(int StartLine, int? StartColumn, int? EndLine, int? EndColumn);

internal sealed record SarifFix(SarifText Description, IReadOnlyList<SarifChange> ArtifactChanges);

internal sealed record SarifChange(SarifArtifact ArtifactLocation, IReadOnlyList<SarifReplacement> Replacements);

internal sealed record SarifReplacement(SarifRegion DeletedRegion, SarifText InsertedContent);

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SarifLog))]
internal sealed partial class SarifContext : JsonSerializerContext;
