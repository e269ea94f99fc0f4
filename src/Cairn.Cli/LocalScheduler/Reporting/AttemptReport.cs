using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cairn.Cli.LocalScheduler.Reporting;

/// <summary>The attempts as JSON, for programs.</summary>
internal sealed record AttemptReport(string Job, string State, int ExitCode, IReadOnlyList<AttemptRow> Attempts)
{
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, LocalJob job, string jobId, int exitCode)
    {
        var report = new AttemptReport(jobId, job.State.ToString().ToUpperInvariant(), exitCode,
            [.. job.Attempts.Select(attempt => new AttemptRow(attempt.Number, attempt.Started, attempt.RanFor.TotalSeconds, attempt.EndedBecause, attempt.ExitCode))]);
        File.WriteAllText(path, JsonSerializer.Serialize(report, AttemptReportJson.Default.AttemptReport) + "\n");
    }
}

/// <summary>One of them.</summary>
internal sealed record AttemptRow(int Attempt, DateTimeOffset Started, double Seconds, string Ended, int ExitCode);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(AttemptReport))]
internal sealed partial class AttemptReportJson : JsonSerializerContext;
