using System.Text.Json;
using Cairn.Attempts;
using Cairn.Cli.Output;
using Cairn.Cli.Stories;
using Spectre.Console;

namespace Cairn.Cli.Inspection.Reports;

/// <summary>The story over all attempts, attempt by attempt.</summary>
internal static class StoryReport
{
    public static void WriteTable(IReadOnlyList<StoryAttempt> attempts, IAnsiConsole console)
    {
        var sheet = new Sheet(">attempt", "when (UTC)", "what happened");
        var arrow = console.Profile.Capabilities.Unicode ? "→" : "->";
        foreach (var attempt in attempts)
        {
            var lines = StoryLine.Of(attempt.Events).ToList();
            for (var i = 0; i < lines.Count; i++)
                sheet.AddPlain(i == 0 ? InventoryTable.Number(attempt.Number == 0 ? null : attempt.Number) : "", InventoryTable.Instant(lines[i].Time), lines[i].Words);
            sheet.Add(lines.Count == 0 ? InventoryTable.Number(attempt.Number == 0 ? null : attempt.Number) : "", "", $"[dim]{arrow}[/] {Tables.Plain(attempt.End.Words)}");
        }

        sheet.Write(console);
    }

    /// <summary>For programs: what docs/journal.md describes, and how each attempt ended.</summary>
    public static void WriteJson(string folder, IReadOnlyList<StoryAttempt> attempts, Stream output)
    {
        using var json = new Utf8JsonWriter(output, new() { Indented = true });
        json.WriteStartObject();
        json.WriteString("folder", folder);
        json.WriteStartArray("attempts");
        foreach (var attempt in attempts)
        {
            json.WriteStartObject();
            json.WriteNumber("number", attempt.Number);
            json.WriteString("state", attempt.End.State);
            json.WriteString("ended", attempt.End.Words);
            json.WriteStartArray("events");
            foreach (var entry in attempt.Events)
                JournalForm.Write(json, entry);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }
}
