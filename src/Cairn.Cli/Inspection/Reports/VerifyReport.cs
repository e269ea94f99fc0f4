using System.Text.Json;
using System.Text.Json.Serialization;
using Cairn.Cli.Output;
using Spectre.Console;

namespace Cairn.Cli.Inspection.Reports;

/// <summary>What <c>cairn verify</c> found.</summary>
internal static class VerifyReport
{
    public static void WriteTable(IReadOnlyList<VerifiedCheckpoint> verified, long bytesRead, TimeSpan took, IAnsiConsole console)
    {
        var table = Tables.Create(console, ">step", ">size", "verdict", "file", "what is wrong");
        foreach (var one in verified)
        {
            if (one.Unreadable is { } why && !IsDamaged(one))
                table.AddRow(InventoryTable.Number(one.Entry.Step), Bytes.Words(one.Bytes), "[red]unreadable[/]", "", Tables.Plain(why));
            else if (one.IsGone || one.Faults.Count == 0)
                table.AddRow(InventoryTable.Number(one.Entry.Step), Bytes.Words(one.Bytes), one.IsGone ? "gone" : "[green]good[/]", "", one.IsGone ? "deleted while it was read" : "");
            else
                Add(table, one);
        }

        console.Write(table);
        var (damaged, unreadable) = (verified.Count(IsDamaged), verified.Count(IsUnreadable));
        var rate = took > TimeSpan.Zero ? $", {Bytes.Words((long)(bytesRead / took.TotalSeconds))}/s" : "";
        console.MarkupLine($"{verified.Count} read, {(damaged == 0 ? "none damaged" : $"{damaged} damaged")}{(unreadable == 0 ? "" : $", {unreadable} could not be read now")} ({Bytes.Words(bytesRead)} of tensors in {Duration.Words(took)}{rate})");
    }

    public static string Json(string folder, IReadOnlyList<VerifiedCheckpoint> verified) => JsonSerializer.Serialize(
        new JsonVerified(
            folder,
            [
                .. verified.Select(one => new JsonVerifiedCheckpoint(
                    one.Entry.Step,
                    Path.GetFileName(one.Entry.Path),
                    one.Verdict,
                    one.Bytes,
                    one.Unreadable,
                    [.. one.Faults.Select(fault => new JsonFault(fault.File, fault.Tensor, fault.Problem))])),
            ]),
        VerifyJsonContext.Default.JsonVerified);

    public static bool IsDamaged(VerifiedCheckpoint one) => !one.IsGone && one.Faults.Count > 0;

    public static bool IsUnreadable(VerifiedCheckpoint one) => one.Verdict == "unreadable";

    private static void Add(Table table, VerifiedCheckpoint one)
    {
        for (var i = 0; i < one.Faults.Count; i++)
        {
            table.AddRow(
                i == 0 ? InventoryTable.Number(one.Entry.Step) : "",
                i == 0 ? Bytes.Words(one.Bytes) : "",
                i == 0 ? "[red]damaged[/]" : "",
                Tables.Plain(one.Faults[i].File ?? ""),
                Tables.Plain(one.Faults[i].Problem));
        }
    }
}

internal sealed record JsonVerified(string Folder, IReadOnlyList<JsonVerifiedCheckpoint> Checkpoints);

internal sealed record JsonVerifiedCheckpoint(long Step, string Name, string Verdict, long Bytes, string? Unreadable, IReadOnlyList<JsonFault> Faults);

internal sealed record JsonFault(string? File, string? Tensor, string Problem);

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JsonVerified))]
internal sealed partial class VerifyJsonContext : JsonSerializerContext;
