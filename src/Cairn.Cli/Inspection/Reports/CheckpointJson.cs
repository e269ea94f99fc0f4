using System.Text;
using System.Text.Json;
using Cairn.Checkpoints.Records;

namespace Cairn.Cli.Inspection.Reports;

/// <summary>One checkpoint for programs: its commit record, in the very form that docs/checkpoint-format.md describes.</summary>
internal static class CheckpointJson
{
    public static string Write(ShownCheckpoint shown)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new() { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("path", shown.Entry.Path);
            json.WriteString("state", shown.Problem is null ? "valid" : "damaged");
            if (shown.Problem is { } problem)
            {
                json.WriteStartObject("problem");
                if (problem.File is not null)
                    json.WriteString("file", problem.File);
                json.WriteString("problem", problem.Problem);
                json.WriteEndObject();
            }

            if (shown.Record is not null)
            {
                json.WritePropertyName("record");
                CommitRecordJson.Write(json, shown.Record);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
