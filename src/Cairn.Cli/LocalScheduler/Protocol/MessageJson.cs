using System.Text.Json;
using Cairn.JsonForms;

namespace Cairn.Cli.LocalScheduler.Protocol;

/// <summary>The messages as JSON and back.</summary>
internal static class MessageJson
{
    public static void Write(Utf8JsonWriter json, Request request) => JsonFields.Write(json, request, Fields, nulls: true);

    public static void Write(Utf8JsonWriter json, Reply reply) => JsonFields.Write(json, reply, Fields, nulls: true);

    /// <exception cref="JsonException">It is no request.</exception>
    public static Request? ReadRequest(JsonElement json) => JsonFields.Read<Request>(json, Fields);

    /// <exception cref="JsonException">It is no reply.</exception>
    public static Reply? ReadReply(JsonElement json) => JsonFields.Read<Reply>(json, Fields);

    private static Request Fields(JsonFields fields, Request? request) => new(
        fields.Text("command", request?.Command), fields.TextsOrNull("arguments", request?.Arguments)!)
    {
        TimeFormat = fields.TextOrNull("timeFormat", request?.TimeFormat),
        QueueFormat = fields.TextOrNull("queueFormat", request?.QueueFormat),
        Program = fields.TextOrNull("program", request?.Program),
        Processes = fields.IntsOrNull("processes", request?.Processes),
    };

    private static Reply Fields(JsonFields fields, Reply? reply) => new(
        fields.Int("exitCode", reply?.ExitCode),
        fields.TextOrNull("output", reply?.Output) ?? "",
        fields.TextOrNull("error", reply?.Error) ?? "")
    {
        Step = fields.ObjectOrNull<StepPermit>("step", reply?.Step, Fields),
    };

    private static StepPermit Fields(JsonFields fields, StepPermit? permit) => new(
        fields.Int("step", permit?.Step),
        new(fields.Texts("nodes", permit?.Layout.Nodes), fields.Int("tasks", permit?.Layout.Tasks)),
        TimeSpan.FromSeconds(fields.Real("killWait", permit?.KillWait.TotalSeconds)));
}
