using System.Text.Json;
using Cairn.JsonForms;

namespace Cairn.Cli.Inspection.Reports;

/// <summary>A folder's inventory for programs. What is not known is left out.</summary>
internal static class InventoryJson
{
    public static string Write(Inventory inventory) => JsonWriting.Indented(json =>
    {
        json.WriteStartObject();
        json.WriteString("folder", inventory.Folder);
        json.WriteNumber("physical_bytes", inventory.PhysicalBytes);
        json.WriteStartArray("checkpoints");
        foreach (var one in inventory.Checkpoints)
            Write(json, one, inventory);
        json.WriteEndArray();
        json.WriteStartArray("remnants");
        foreach (var one in inventory.Remnants)
            Write(json, one);
        json.WriteEndArray();
        json.WriteStartArray("attempts");
        foreach (var one in inventory.Attempts)
            Write(json, one);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void Write(Utf8JsonWriter json, ListedCheckpoint one, Inventory inventory)
    {
        json.WriteStartObject();
        json.WriteNumber("step", one.Entry.Step);
        json.WriteString("name", Path.GetFileName(one.Entry.Path));
        json.WriteString("state", one.State);
        json.WriteIfThere("problem", one.Problem ?? one.WhyNot);
        if (one.Says is { } record)
        {
            json.WriteString("saved_at", record.SavedAt);
            json.WriteNumber("attempt", record.Id.Attempt);
            json.WriteIfThere("job", record.Job);
        }

        json.WriteNumber("bytes", one.Files.Sum(file => file.Size));
        json.WriteNumber("shared_bytes", inventory.SharedBytes(one));
        if (one.Says is { } says)
        {
            json.WriteTexts("parts", says.Parts);
            json.WriteStartObject("metrics");
            foreach (var (name, value) in says.Metrics)
                json.WriteReal(name, value);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Remnant one)
    {
        json.WriteStartObject();
        json.WriteString("name", one.Name);
        json.WriteString("kind", one.Kind);
        json.WriteIfThere("changed", one.Changed);
        json.WriteNumber("bytes", one.Files.Sum(file => file.Size));
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, AttemptSummary one)
    {
        json.WriteStartObject();
        json.WriteNumber("number", one.Number);
        json.WriteIfThere("job", one.Job);
        json.WriteIfThere("host", one.Host);
        json.WriteIfThere("began", one.Began);
        if (one.Seconds is { } seconds)
            json.WriteNumber("seconds", seconds);
        json.WriteIfThere("from_step", one.FromStep);
        json.WriteIfThere("to_step", one.ToStep);
        json.WriteIfThere("lost_steps", one.Lost == 0 ? null : one.Lost);
        json.WriteIfThere("saves", one.Saves);
        json.WriteString("state", one.End.State);
        json.WriteString("ended", one.End.Words);
        json.WriteEndObject();
    }
}
