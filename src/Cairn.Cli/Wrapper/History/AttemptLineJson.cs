using System.Text.Json;
using Cairn.Cli.Wrapper.Decisions;
using Cairn.JsonForms;

namespace Cairn.Cli.Wrapper.History;

/// <summary>A line of the wrapper's journal as JSON and back.</summary>
internal static class AttemptLineJson
{
    public static byte[] Write(AttemptLine line) => JsonWriting.Line(json => JsonFields.Write(json, line, Fields, nulls: true));

    /// <returns>Null when the line says so.</returns>
    /// <exception cref="JsonException">It is none of the journal, or was cut off.</exception>
    public static AttemptLine? Read(string line)
    {
        using var json = JsonDocument.Parse(line);
        return JsonFields.Read<AttemptLine>(json.RootElement, Fields);
    }

    private static AttemptLine Fields(JsonFields fields, AttemptLine? line) => new(
        fields.Time("time", line?.Time),
        fields.Int("attempt", line?.Attempt),
        fields.OneOf<EndKind>("kind", line?.Kind),
        fields.IntOrNull("code", line?.Code),
        fields.FlagOrNull("progress", line?.Progress),
        fields.OneOf<EndAction>("action", line?.Action),
        fields.Text("reason", line?.Reason))
    {
        Command = fields.TextOrNull("command", line?.Command),
        Step = line is { Step: null } ? null : fields.LongOrNull("step", line?.Step), // left out where the program says none
        Brief = fields.FlagOrNull("brief", line?.Brief),
        Final = fields.IntOrNull("final", line?.Final),
    };
}
