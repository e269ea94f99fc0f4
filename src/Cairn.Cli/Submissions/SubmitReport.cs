using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cairn.Cli.Submissions;

/// <summary>What was submitted, or would be, for programs.</summary>
internal sealed record SubmitReport(
    bool DryRun,
    IReadOnlyList<string> JobIds,
    string Script,
    string Record,
    string? CodeFolder,
    int CodeFiles,
    IReadOnlyList<string> LogFolders,
    int Findings,
    IReadOnlyList<IReadOnlyList<string>> Commands)
{
    public static SubmitReport Of(Submission submission, IReadOnlyList<string> ids, int findings, bool dryRun, IReadOnlyList<string> logs) => new(
        dryRun, ids, submission.Record.Script, submission.RecordFile, submission.Record.CodeFolder, submission.Record.Code.Count, logs, findings,
        [.. Enumerable.Range(0, submission.Jobs).Select(number => (IReadOnlyList<string>)["sbatch", .. submission.SbatchArguments(number == 0 ? null : ids.ElementAtOrDefault(number - 1) ?? $"JOB{number}")])]);

    public string ToJson() => JsonSerializer.Serialize(this, SubmitReportJson.Default.SubmitReport);
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(SubmitReport))]
internal sealed partial class SubmitReportJson : JsonSerializerContext;
