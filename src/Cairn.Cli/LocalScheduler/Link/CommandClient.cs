using System.Net.Sockets;
using System.Text.Json;

namespace Cairn.Cli.LocalScheduler.Link;

/// <summary>The other end, in <c>scontrol</c>, <c>squeue</c>, <c>scancel</c> and <c>srun</c>.</summary>
internal sealed class CommandClient : IDisposable
{
    public const string SocketVariable = "CAIRN_LOCAL_SOCKET";

    private readonly NetworkStream _stream;

    /// <exception cref="UsageException">There is no local scheduler to ask.</exception>
    public CommandClient()
    {
        var path = Environment.GetEnvironmentVariable(SocketVariable)
            ?? throw new UsageException($"this command works inside a job of 'cairn local' only ({SocketVariable} is not set).");
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException refused)
        {
            socket.Dispose();
            throw new UsageException($"the local scheduler does not answer at {path}: {refused.Message}");
        }

        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Asks, and waits for the answer.</summary>
    public CommandReply Ask(CommandRequest request)
    {
        MessageLine.Write(_stream, JsonSerializer.Serialize(request, MessageJson.Default.CommandRequest));
        var line = MessageLine.Read(_stream) ?? throw new IOException("The local scheduler is gone.");
        return JsonSerializer.Deserialize(line, MessageJson.Default.CommandReply)!;
    }

    /// <summary>Returns when the scheduler is gone.</summary>
    public void WaitForEnd()
    {
        try
        {
            while (MessageLine.Read(_stream) is not null)
            {
                // It says nothing unasked.
            }
        }
        catch (IOException)
        {
            // Gone, and not politely.
        }
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>The whole of the hidden stage behind a shim.</summary>
    public static int Run(string command, string[] arguments)
    {
        using var client = new CommandClient();
        var unixTime = Environment.GetEnvironmentVariable("SLURM_TIME_FORMAT") == "%s";
        var reply = client.Ask(new CommandRequest(command, arguments, unixTime));
        Console.Out.Write(reply.Output);
        Console.Error.Write(reply.Error);
        return reply.ExitCode;
    }
}
