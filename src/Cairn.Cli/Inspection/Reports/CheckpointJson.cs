using Cairn.Checkpoints.Records;
using Cairn.JsonForms;

namespace Cairn.Cli.Inspection.Reports;

/// <summary>One checkpoint for programs: its commit record, in the very form that docs/checkpoint-format.md describes.</summary>
internal static class CheckpointJson
{
    public static string Write(ShownCheckpoint shown) => JsonWriting.Indented(json =>
    {
        json.WriteStartObject();
        json.WriteString("path", shown.Entry.Path);
        json.WriteString("state", shown.Problem is null ? "valid" : "damaged");
        if (shown.Problem is { } problem)
        {
            json.WriteStartObject("problem");
            json.WriteIfThere("file", problem.File);
            json.WriteString("problem", problem.Problem);
            json.WriteEndObject();
        }

        if (shown.Record is not null)
        {
            json.WritePropertyName("record");
            CommitRecordJson.Write(json, shown.Record);
        }

        json.WriteEndObject();
    });
}
