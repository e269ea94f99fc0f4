using System.Text.Json;
using Cairn.Cli.JsonForms;
using Cairn.Cli.Wrapper.Decisions;

namespace Cairn.Cli.Wrapper.History;

/// <summary>A line of the wrapper's journal as JSON and back.</summary>
internal static class AttemptLineJson
{
    private static readonly AttemptLine Empty = new(default, 0, default, null, null, default, null!);

    public static byte[] Write(AttemptLine line) => JsonWriting.Line(json =>
    {
        json.WriteStartObject();
        json.WriteString("time", line.Time);
        json.WriteNumber("attempt", line.Attempt);
        json.WriteString("kind", line.Kind.ToString());
        json.WriteNumberOrNull("code", line.Code);
        if (line.Progress is { } progress)
            json.WriteBoolean("progress", progress);
        else
            json.WriteNull("progress");
        json.WriteString("action", line.Action.ToString());
        json.WriteString("reason", line.Reason);
        json.WriteString("command", line.Command);
        if (line.Step is { } step)
            json.WriteNumber("step", step);
        if (line.Brief is { } brief)
            json.WriteBoolean("brief", brief);
        else
            json.WriteNull("brief");
        json.WriteNumberOrNull("final", line.Final);
        json.WriteEndObject();
    });

    /// <returns>Null when the line says so.</returns>
    /// <exception cref="JsonException">It is none of the journal, or was cut off.</exception>
    public static AttemptLine? Read(string line)
    {
        using var json = JsonDocument.Parse(line);
        return JsonReading.Object(json.RootElement, Empty, static (read, name, value) => name switch
        {
            "time" => read with { Time = value.GetDateTimeOffset() },
            "attempt" => read with { Attempt = value.GetInt32() },
            "kind" => read with { Kind = value.OneOf<EndKind>() },
            "code" => read with { Code = value.NumberOrNull() },
            "progress" => read with { Progress = value.FlagOrNull() },
            "action" => read with { Action = value.OneOf<EndAction>() },
            "reason" => read with { Reason = value.GetString()! },
            "command" => read with { Command = value.GetString() },
            "step" => read with { Step = value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null },
            "brief" => read with { Brief = value.FlagOrNull() },
            "final" => read with { Final = value.NumberOrNull() },
            _ => read,
        });
    }
}
