using System.Text.Json;
using Cairn.Cli.JsonForms;

namespace Cairn.Cli.Submissions;

/// <summary>The record of a submission as JSON and back.</summary>
internal static class SubmissionJson
{
    private static readonly SubmissionRecord Empty = new(0, default, null!, null!, false, null, null!, null!, false, null!);
    private static readonly CodeFile NoFile = new(0, 0, null);

    public static string Write(SubmissionRecord record) => JsonWriting.Indented(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("version", record.Version);
        json.WriteString("submitted", record.Submitted);
        json.WriteString("script", record.Script);
        json.WriteString("script_hash", record.ScriptHash);
        json.WriteBoolean("written_here", record.WrittenHere);
        json.WriteString("code_folder", record.CodeFolder);
        json.WriteTexts("no_code", record.NoCode);
        json.WriteStartObject("code");
        foreach (var (path, file) in record.Code)
        {
            json.WriteStartObject(path);
            json.WriteNumber("size", file.Size);
            json.WriteNumber("changed", file.Changed);
            json.WriteString("hash", file.Hash);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteBoolean("code_is_whole", record.CodeIsWhole);
        json.WriteTexts("job_ids", record.JobIds);
        json.WriteEndObject();
    });

    /// <returns>Members that are missing are null, 0 or false; null when all of it is.</returns>
    /// <exception cref="JsonException">It is no JSON, or not of a record's form.</exception>
    public static SubmissionRecord? Read(Stream text)
    {
        using var json = JsonDocument.Parse(text);
        return JsonReading.Object(json.RootElement, Empty, static (record, name, value) => name switch
        {
            "version" => record with { Version = value.GetInt32() },
            "submitted" => record with { Submitted = value.GetDateTimeOffset() },
            "script" => record with { Script = value.GetString()! },
            "script_hash" => record with { ScriptHash = value.GetString()! },
            "written_here" => record with { WrittenHere = value.GetBoolean() },
            "code_folder" => record with { CodeFolder = value.GetString() },
            "no_code" => record with { NoCode = value.Texts()! },
            "code" => record with { Code = ReadCode(value)! },
            "code_is_whole" => record with { CodeIsWhole = value.GetBoolean() },
            "job_ids" => record with { JobIds = value.Texts()! },
            _ => record,
        });
    }

    private static Dictionary<string, CodeFile>? ReadCode(JsonElement json) => JsonReading.Object(json, new Dictionary<string, CodeFile>(), static (code, path, value) =>
    {
        code[path] = ReadFile(value) ?? throw new FormatException("a file is null");
        return code;
    });

    private static CodeFile? ReadFile(JsonElement json) => JsonReading.Object(json, NoFile, static (file, name, value) => name switch
    {
        "size" => file with { Size = value.GetInt64() },
        "changed" => file with { Changed = value.GetInt64() },
        "hash" => file with { Hash = value.GetString() },
        _ => file,
    });
}
