using System.Globalization;
using Cairn.Cli.Output;
using Spectre.Console;

namespace Cairn.Cli.Inspection.Reports;

/// <summary>A folder's inventory for people.</summary>
internal static class InventoryTable
{
    public static void Write(Inventory inventory, IAnsiConsole console)
    {
        console.MarkupLine(Tables.Plain($"{inventory.Folder}: {Count(inventory.Checkpoints.Count, "checkpoint")}, {Bytes.Words(inventory.PhysicalBytes)} on the disk, {Count(inventory.Attempts.Count, "attempt")}"));
        if (inventory.Checkpoints.Count > 0)
            console.Write(Checkpoints(inventory, console));
        if (inventory.Remnants.Count > 0)
            console.Write(Remnants(inventory, console));
        if (inventory.Attempts.Count > 0)
            console.Write(Attempts(inventory, console));
    }

    /// <summary>An instant for people, always in UTC: machines of one cluster may differ in their zones.</summary>
    public static string Instant(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "";

    public static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static Table Checkpoints(Inventory inventory, IAnsiConsole console)
    {
        var table = Tables.Create(console, ">step", "saved (UTC)", ">attempt", "job", ">size", ">shared", "parts", "at a first look");
        foreach (var one in inventory.Checkpoints)
        {
            var colour = one.State switch { "valid" => "green", "superseded" => "yellow", _ => "red" };
            var why = one.Problem ?? one.WhyNot ?? "";
            var shared = inventory.SharedBytes(one);
            table.AddRow(
                Number(one.Entry.Step),
                Instant(one.Says?.SavedAt),
                Number(one.Says?.Id.Attempt),
                Tables.Plain(one.Says?.Job ?? ""),
                Bytes.Words(one.Files.Sum(file => file.Size)),
                shared == 0 ? "" : Bytes.Words(shared),
                Tables.Plain(string.Join(", ", one.Says?.Parts ?? [])),
                $"[{colour}]{one.State}[/]{(why.Length == 0 ? "" : ": " + Tables.Plain(why))}");
        }

        return table;
    }

    private static Table Remnants(Inventory inventory, IAnsiConsole console)
    {
        var table = Tables.Create(console, "beside them", "changed (UTC)", ">size", "what it is");
        foreach (var one in inventory.Remnants)
            table.AddPlainRow(one.Name, Instant(one.Changed), Bytes.Words(one.Files.Sum(file => file.Size)), one.Kind);
        return table;
    }

    private static Table Attempts(Inventory inventory, IAnsiConsole console)
    {
        var table = Tables.Create(console, ">attempt", "began (UTC)", ">ran for", "job", "host", ">steps", ">saves", "how it ended");
        foreach (var one in inventory.Attempts)
        {
            table.AddPlainRow(
                Number(one.Number),
                Instant(one.Began),
                one.Seconds is { } seconds and >= 0 and < 1e9 ? Duration.Words(TimeSpan.FromSeconds(seconds)) : "",
                one.Job ?? "",
                one.Host ?? "",
                one.FromStep is null ? "" : $"{one.FromStep} to {one.ToStep}",
                Number(one.Saves),
                one.End.Words);
        }

        return table;
    }

    private static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";
}
