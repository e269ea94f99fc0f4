using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cairn.Cli.Inspection.Reports;

/// <summary>What <c>cairn rollback</c> moved aside, or would move.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="ToStep">The step that the next start goes on from.</param>
/// <param name="DryRun">Whether it only would.</param>
/// <param name="Moved">The checkpoints, the newest first.</param>
internal sealed record RollbackReport(string Folder, long ToStep, bool DryRun, IReadOnlyList<MovedCheckpoint> Moved)
{
    public string Json() => JsonSerializer.Serialize(this, RollbackJsonContext.Default.RollbackReport);
}

/// <summary>A checkpoint that is moved aside.</summary>
/// <param name="Step">Its step.</param>
/// <param name="Aside">Its name since; null where it was not moved.</param>
internal sealed record MovedCheckpoint(long Step, string? Aside);

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(RollbackReport))]
internal sealed partial class RollbackJsonContext : JsonSerializerContext;
