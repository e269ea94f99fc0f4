using System.Text.Json;
using Cairn.JsonForms;
using Cairn.Cli.Lint;
using Cairn.Cli.Lint.Reports;

namespace Cairn.Cli.Adoption;

/// <summary>What has come of it, for programs.</summary>
internal static class AdoptionJson
{
    /// <param name="adoption">What has come of it.</param>
    /// <param name="written">The file that it was written to; null for none.</param>
    /// <param name="diff">The changes.</param>
    /// <param name="findings">What lint says of the script as it is now.</param>
    public static string Write(AdoptedScript adoption, string? written, string diff, IReadOnlyList<Finding> findings) => JsonWriting.Indented(json =>
    {
        json.WriteStartObject();
        json.WriteString("path", adoption.Draft.Before.Path);
        json.WriteBoolean("changed", adoption.IsChanged);
        if (written is null)
            json.WriteNull("written");
        else
            json.WriteString("written", written);
        json.WriteString("text", adoption.Draft.Text);
        json.WriteString("diff", diff);
        WriteRemarks(json, "refusals", adoption.Refusal is { } refusal ? [refusal] : []);
        WriteRemarks(json, "remarks", adoption.Remarks);
        json.WriteTexts("for_program", adoption.ForProgram);
        json.WriteStartArray("findings");
        foreach (var finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("rule", finding.Rule.Id);
            json.WriteString("level", LintTable.Name(finding.Level));
            json.WriteNumber("line", finding.Flaw.Line);
            json.WriteString("will_happen", finding.Flaw.WillHappen);
            json.WriteString("advice", finding.Flaw.Advice);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void WriteRemarks(Utf8JsonWriter json, string name, IReadOnlyList<Remark> remarks)
    {
        json.WriteStartArray(name);
        foreach (var (line, text) in remarks)
        {
            json.WriteStartObject();
            json.WriteNumberOrNull("line", line);
            json.WriteString("text", text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
