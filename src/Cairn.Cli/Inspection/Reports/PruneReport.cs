using System.Text.Json;
using System.Text.Json.Serialization;
using Cairn.Cli.Output;
using Spectre.Console;

namespace Cairn.Cli.Inspection.Reports;

/// <summary>What <c>cairn prune</c> deleted, or would delete.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="DryRun">Whether it only would.</param>
/// <param name="Deleted">Their steps, the oldest first.</param>
/// <param name="NotDeleted">Those that should have gone and could not.</param>
/// <param name="Kept">The steps that stay, the newest first.</param>
/// <param name="LeftAlone">Those that stay because nobody can tell what they are worth.</param>
/// <param name="FreedBytes">What came free, or would.</param>
internal sealed record PruneReport(
    string Folder, bool DryRun, IReadOnlyList<long> Deleted, IReadOnlyList<long> NotDeleted, IReadOnlyList<long> Kept, IReadOnlyList<LeftAlone> LeftAlone, long FreedBytes)
{
    public string Json() => JsonSerializer.Serialize(this, PruneJsonContext.Default.PruneReport);

    public void WriteTable(IReadOnlyDictionary<long, long> freed, IAnsiConsole console)
    {
        var table = Tables.Create(console, ">step", ">frees", "what");
        foreach (var step in Deleted)
            table.AddPlainRow(InventoryTable.Number(step), Bytes.Words(freed[step]), DryRun ? "would be deleted" : "deleted");
        foreach (var step in NotDeleted)
            table.AddRow(InventoryTable.Number(step), "", "[red]could not be deleted[/]");
        foreach (var one in LeftAlone)
            table.AddRow(InventoryTable.Number(one.Step), "", $"[yellow]left alone[/]: {Tables.Plain(one.Why)}");
        if (table.Rows.Count > 0)
            console.Write(table);
        console.MarkupLine(Tables.Plain(
            Deleted.Count == 0 ? $"nothing to delete; {Steps(Kept)} stay"
            : $"{(DryRun ? "would free" : "freed")} {Bytes.Words(FreedBytes)}; {Steps(Kept)} stay"));
    }

    private static string Steps(IReadOnlyList<long> steps) => steps.Count == 0 ? "none" : "steps " + string.Join(", ", steps);
}

/// <summary>A checkpoint that is not touched.</summary>
internal sealed record LeftAlone(long Step, string Why);

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(PruneReport))]
internal sealed partial class PruneJsonContext : JsonSerializerContext;
