using System.Text.Json;
using Cairn.JsonForms;

namespace Cairn.Cli.Submissions;

/// <summary>The record of a submission as JSON and back.</summary>
internal static class SubmissionJson
{
    public static string Write(SubmissionRecord record) => JsonWriting.Indented(json => JsonFields.Write(json, record, Fields, nulls: true));

    /// <returns>Members that are missing are null, 0 or false; null when all of it is.</returns>
    /// <exception cref="JsonException">It is no JSON, or not of a record's form.</exception>
    public static SubmissionRecord? Read(Stream text)
    {
        using var json = JsonDocument.Parse(text);
        return JsonFields.Read<SubmissionRecord>(json.RootElement, Fields);
    }

    private static SubmissionRecord Fields(JsonFields fields, SubmissionRecord? record) => new(
        fields.Int("version", record?.Version),
        fields.Time("submitted", record?.Submitted),
        fields.Text("script", record?.Script),
        fields.Text("script_hash", record?.ScriptHash),
        fields.Flag("written_here", record?.WrittenHere),
        fields.TextOrNull("code_folder", record?.CodeFolder),
        fields.TextsOrNull("no_code", record?.NoCode)!,
        fields.ObjectsOrNull<CodeFile>("code", record?.Code, Fields)!,
        fields.Flag("code_is_whole", record?.CodeIsWhole),
        fields.TextsOrNull("job_ids", record?.JobIds)!)
    {
        Arguments = record is { Arguments: null } ? null : fields.TextsOrNull("arguments", record?.Arguments),
    };

    private static CodeFile Fields(JsonFields fields, CodeFile? file) => new(
        fields.Long("size", file?.Size), fields.Long("changed", file?.Changed), fields.TextOrNull("hash", file?.Hash));
}
