using System.Globalization;
using Cairn.Cli.Output;
using Cairn.Cli.Stories.Reports;
using Spectre.Console;

namespace Cairn.Cli.Inspection.Reports;

/// <summary>A folder's inventory for people.</summary>
internal static class InventoryTable
{
    public static void Write(Inventory inventory, IAnsiConsole console)
    {
        console.MarkupLine(Tables.Plain($"{inventory.Folder}: {Count(inventory.Checkpoints.Count, "checkpoint")}, {Bytes.Words(inventory.PhysicalBytes)} on the disk, {Count(inventory.Attempts.Count, "attempt")}"));
        if (inventory.Checkpoints.Count > 0)
            Checkpoints(inventory).Write(console);
        if (inventory.Remnants.Count > 0)
            Remnants(inventory).Write(console);
        if (inventory.Attempts.Count > 0)
            Attempts(inventory).Write(console);
    }

    /// <summary>An instant for people, always in UTC: machines of one cluster may differ in their zones.</summary>
    public static string Instant(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "";

    public static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static Sheet Checkpoints(Inventory inventory)
    {
        var sheet = new Sheet(">step", "saved (UTC)", ">attempt", "job", ">size", ">shared", "parts", "metrics", "at a first look");
        foreach (var one in inventory.Checkpoints)
        {
            var colour = one.State switch { "valid" => "green", "superseded" => "yellow", _ => "red" };
            var why = one.Problem ?? one.WhyNot ?? "";
            var shared = inventory.SharedBytes(one);
            sheet.Add(
                Number(one.Entry.Step),
                Instant(one.Says?.SavedAt),
                Number(one.Says?.Id.Attempt),
                Tables.Plain(one.Says?.Job ?? ""),
                Bytes.Words(one.Files.Sum(file => file.Size)),
                shared == 0 ? "" : Bytes.Words(shared),
                Tables.Plain(string.Join(", ", one.Says?.Parts ?? [])),
                Tables.Plain(one.Says is null ? "" : MetricWords.Of(one.Says.Metrics)),
                $"[{colour}]{one.State}[/]{(why.Length == 0 ? "" : ": " + Tables.Plain(why))}");
        }

        return sheet;
    }

    private static Sheet Remnants(Inventory inventory)
    {
        var sheet = new Sheet("beside them", "changed (UTC)", ">size", "what it is");
        foreach (var one in inventory.Remnants)
            sheet.AddPlain(one.Name, Instant(one.Changed), Bytes.Words(one.Files.Sum(file => file.Size)), one.Kind);
        return sheet;
    }

    private static Sheet Attempts(Inventory inventory)
    {
        var sheet = new Sheet(">attempt", "began (UTC)", ">ran for", "job", "host", ">steps", ">lost", ">saves", "how it ended");
        foreach (var one in inventory.Attempts)
        {
            sheet.AddPlain(
                Number(one.Number == 0 ? null : one.Number),
                Instant(one.Began),
                one.Seconds is { } seconds and >= 0 and < 1e9 ? Duration.Words(TimeSpan.FromSeconds(seconds)) : "",
                one.Job ?? "",
                one.Host ?? "",
                one.FromStep is null ? "" : $"{one.FromStep} to {one.ToStep}",
                one.Lost == 0 ? "" : Number(one.Lost),
                Number(one.Saves),
                one.End.Words);
        }

        return sheet;
    }

    private static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";
}
