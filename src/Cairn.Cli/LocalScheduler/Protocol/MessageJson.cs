using System.Text.Json;
using Cairn.Cli.JsonForms;

namespace Cairn.Cli.LocalScheduler.Protocol;

/// <summary>The messages as JSON and back.</summary>
internal static class MessageJson
{
    private static readonly Request NoRequest = new(null!, null!);
    private static readonly Reply NoReply = new(0);
    private static readonly StepPermit NoPermit = new(0, 0, TimeSpan.Zero);

    public static void Write(Utf8JsonWriter json, Request request)
    {
        json.WriteStartObject();
        json.WriteString("command", request.Command);
        json.WriteTexts("arguments", request.Arguments);
        json.WriteString("timeFormat", request.TimeFormat);
        json.WriteString("queueFormat", request.QueueFormat);
        json.WriteString("program", request.Program);
        if (request.Processes is { } processes)
        {
            json.WriteStartArray("processes");
            foreach (var process in processes)
                json.WriteNumberValue(process);
            json.WriteEndArray();
        }
        else
        {
            json.WriteNull("processes");
        }

        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, Reply reply)
    {
        json.WriteStartObject();
        json.WriteNumber("exitCode", reply.ExitCode);
        json.WriteString("output", reply.Output);
        json.WriteString("error", reply.Error);
        if (reply.Step is { } step)
        {
            json.WriteStartObject("step");
            json.WriteNumber("step", step.Step);
            json.WriteNumber("tasks", step.Tasks);
            json.WriteNumber("killWait", step.KillWait.TotalSeconds);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("step");
        }

        json.WriteEndObject();
    }

    /// <exception cref="JsonException">It is no request.</exception>
    public static Request? ReadRequest(JsonElement json) => JsonReading.Object(json, NoRequest, static (request, name, value) => name switch
    {
        "command" => request with { Command = value.GetString()! },
        "arguments" => request with { Arguments = value.Texts()! },
        "timeFormat" => request with { TimeFormat = value.GetString() },
        "queueFormat" => request with { QueueFormat = value.GetString() },
        "program" => request with { Program = value.GetString() },
        "processes" => request with { Processes = value.Numbers() },
        _ => request,
    });

    /// <exception cref="JsonException">It is no reply.</exception>
    public static Reply? ReadReply(JsonElement json) => JsonReading.Object(json, NoReply, static (reply, name, value) => name switch
    {
        "exitCode" => reply with { ExitCode = value.GetInt32() },
        "output" => reply with { Output = value.GetString()! },
        "error" => reply with { Error = value.GetString()! },
        "step" => reply with { Step = ReadPermit(value) },
        _ => reply,
    });

    private static StepPermit? ReadPermit(JsonElement json) => JsonReading.Object(json, NoPermit, static (permit, name, value) => name switch
    {
        "step" => permit with { Step = value.GetInt32() },
        "tasks" => permit with { Tasks = value.GetInt32() },
        "killWait" => permit with { KillWait = TimeSpan.FromSeconds(value.GetDouble()) },
        _ => permit,
    });
}
