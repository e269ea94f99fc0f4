using System.Text.Json;
using Cairn.Attempts;
using Cairn.Cli.Output;
using Spectre.Console;

namespace Cairn.Cli.Inspection.Reports;

/// <summary>The story over all attempts, attempt by attempt: of a long run one journal is in memory at a time.</summary>
internal static class StoryReport
{
    public static void WriteTable(IEnumerable<(FoundJournal Journal, AttemptSummary Summary)> attempts, IAnsiConsole console)
    {
        var table = Tables.Create(console, ">attempt", "when (UTC)", "what happened");
        foreach (var (journal, summary) in attempts)
        {
            var lines = StoryLine.Of(journal.Story.Events).ToList();
            for (var i = 0; i < lines.Count; i++)
                table.AddPlainRow(i == 0 ? InventoryTable.Number(summary.Number) : "", InventoryTable.Instant(lines[i].Time), lines[i].Words);
            table.AddRow(lines.Count == 0 ? InventoryTable.Number(summary.Number) : "", "", $"[dim]→[/] {Tables.Plain(summary.End.Words)}");
        }

        console.Write(table);
    }

    /// <summary>For programs: what docs/journal.md describes, and how each attempt ended.</summary>
    public static void WriteJson(string folder, IEnumerable<(FoundJournal Journal, AttemptSummary Summary)> attempts, Stream output)
    {
        using var json = new Utf8JsonWriter(output, new() { Indented = true });
        json.WriteStartObject();
        json.WriteString("folder", folder);
        json.WriteStartArray("attempts");
        foreach (var (journal, summary) in attempts)
        {
            json.WriteStartObject();
            json.WriteNumber("number", summary.Number);
            json.WriteString("state", summary.End.State);
            json.WriteString("ended", summary.End.Words);
            json.WriteStartArray("events");
            foreach (var entry in journal.Story.Events)
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
