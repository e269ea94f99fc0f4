using System.Text.Json;
using System.Text.Json.Serialization;
using Cairn.Cli.BatchScripts;

namespace Cairn.Cli.Lint.Reports;

/// <summary>A script that Cairn wrote, for programs: its text, what sbatch reads of it, and what lint says of it.</summary>
internal static class ScriptJson
{
    /// <param name="path">Where it was written; null where it was not.</param>
    /// <param name="script">The script.</param>
    /// <param name="text">Its text.</param>
    /// <param name="logFolders">The folders that must be there before the job starts.</param>
    /// <param name="findings">What lint says.</param>
    public static string Write(string? path, BatchScript script, string text, IReadOnlyList<string> logFolders, IReadOnlyList<Finding> findings) =>
        JsonSerializer.Serialize(
            new JsonScript(
                path, text, [.. script.Directives.Select(directive => new JsonDirective(directive.Line, directive.Option.Name, directive.Value))], logFolders,
                [.. findings.Select(LintJson.Of)]),
            ScriptJsonContext.Default.JsonScript);
}

internal sealed record JsonScript(
    string? Path, string Text, IReadOnlyList<JsonDirective> Directives, IReadOnlyList<string> LogFolders, IReadOnlyList<JsonFinding> Findings);

internal sealed record JsonDirective(int Line, string Option, string? Value);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(JsonScript))]
internal sealed partial class ScriptJsonContext : JsonSerializerContext;
