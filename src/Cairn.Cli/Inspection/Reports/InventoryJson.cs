using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cairn.Cli.Inspection.Reports;

/// <summary>A folder's inventory for programs.</summary>
internal static class InventoryJson
{
    public static string Write(Inventory inventory) => JsonSerializer.Serialize(
        new JsonInventory(
            inventory.Folder,
            inventory.PhysicalBytes,
            [.. inventory.Checkpoints.Select(one => Of(one, inventory))],
            [.. inventory.Remnants.Select(one => new JsonRemnant(one.Name, one.Kind, one.Changed, one.Files.Sum(file => file.Size)))],
            [.. inventory.Attempts.Select(Of)]),
        InventoryJsonContext.Default.JsonInventory);

    private static JsonCheckpoint Of(ListedCheckpoint one, Inventory inventory) => new(
        one.Entry.Step,
        Path.GetFileName(one.Entry.Path),
        one.State,
        one.Problem,
        one.Says?.SavedAt,
        one.Says?.Id.Attempt,
        one.Says?.Job,
        one.Files.Sum(file => file.Size),
        inventory.SharedBytes(one),
        one.Says?.Parts,
        one.Says?.Metrics);

    internal static JsonAttempt Of(AttemptSummary one) =>
        new(one.Number, one.Job, one.Host, one.Began, one.Seconds, one.FromStep, one.ToStep, one.Saves, one.End.State, one.End.Words);
}

internal sealed record JsonInventory(
    string Folder, long PhysicalBytes, IReadOnlyList<JsonCheckpoint> Checkpoints, IReadOnlyList<JsonRemnant> Remnants, IReadOnlyList<JsonAttempt> Attempts);

internal sealed record JsonCheckpoint(
    long Step, string Name, string State, string? Problem, DateTimeOffset? SavedAt, int? Attempt, string? Job, long Bytes, long SharedBytes,
    IReadOnlyList<string>? Parts, IReadOnlyDictionary<string, double>? Metrics);

internal sealed record JsonRemnant(string Name, string Kind, DateTimeOffset? Changed, long Bytes);

internal sealed record JsonAttempt(
    int Number, string? Job, string? Host, DateTimeOffset? Began, double? Seconds, long? FromStep, long? ToStep, int Saves, string State, string Ended);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(JsonInventory))]
internal sealed partial class InventoryJsonContext : JsonSerializerContext;
