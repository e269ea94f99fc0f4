using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cairn.Cli.LocalScheduler.Link;

/// <summary>What a program inside the job asks the scheduler: a JSON object on one line.</summary>
/// <param name="Command"><c>scontrol</c>, <c>squeue</c>, <c>scancel</c>; or <c>step</c> and <c>task</c>, which <c>srun</c> sends.</param>
/// <param name="Arguments">As on the command line; for <c>task</c> a pid.</param>
/// <param name="UnixTime">Whether SLURM_TIME_FORMAT=%s is set where it was asked.</param>
internal sealed record CommandRequest(string Command, string[] Arguments, bool UnixTime = false);

/// <summary>What the asking program prints, and its exit code.</summary>
internal sealed record CommandReply(int ExitCode, string Output = "", string Error = "")
{
    public static CommandReply Done { get; } = new(0);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CommandRequest))]
[JsonSerializable(typeof(CommandReply))]
internal sealed partial class MessageJson : JsonSerializerContext;

/// <summary>Lines over a socket, of bounded length: whoever is at the other end can't fill the memory.</summary>
internal static class MessageLine
{
    public const int MaximumBytes = 64 * 1024;

    /// <summary>One line without its end; null at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">The line is too long.</exception>
    public static string? Read(Stream stream)
    {
        var line = new MemoryStream();
        while (stream.ReadByte() is var next && next != '\n')
        {
            if (next < 0)
                return null;
            if (line.Length == MaximumBytes)
                throw new InvalidDataException($"A message is longer than {MaximumBytes} bytes.");
            line.WriteByte((byte)next);
        }

        return Encoding.UTF8.GetString(line.GetBuffer().AsSpan(0, (int)line.Length));
    }

    public static void Write(Stream stream, string line) => stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
}
