using System.Net.Sockets;
using Cairn.Cli.LocalScheduler.Processes;

namespace Cairn.Cli.LocalScheduler.Protocol;

/// <summary>The other end: a command inside the job that asks the scheduler.</summary>
internal static class Client
{
    /// <summary>Connects to the scheduler that this process runs under.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static LineChannel Connect()
    {
        var path = Environment.GetEnvironmentVariable(JobFolder.SocketVariable)
            ?? throw new UsageException($"{JobFolder.SocketVariable} is not set: this command works only inside `cairn local`.");
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return new(socket);
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new UsageException($"The scheduler of `cairn local` does not answer on {path}: {error.Message}.");
        }
    }

    /// <summary>Asks, prints the answer, and returns its exit code.</summary>
    public static async Task<int> RunAsync(string command, IReadOnlyList<string> arguments)
    {
        try
        {
            using var channel = Connect();
            var request = new Request(command, arguments)
            {
                TimeFormat = Environment.GetEnvironmentVariable("SLURM_TIME_FORMAT"),
                QueueFormat = Environment.GetEnvironmentVariable("SQUEUE_FORMAT"),
            };
            await channel.WriteAsync(request);
            var reply = await channel.ReadReplyAsync() ?? Reply.Failed($"{command}: the scheduler has ended");
            await Console.Out.WriteAsync(reply.Output);
            await Console.Error.WriteAsync(reply.Error);
            return reply.ExitCode;
        }
        catch (Exception error) when (error is UsageException or IOException or InvalidDataException)
        {
            await Console.Error.WriteLineAsync($"{command}: error: {error.Message}");
            return 1;
        }
    }
}
