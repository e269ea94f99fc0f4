using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Cairn.Cli.Doctor.Facts;

/// <summary>What <see cref="HubProbe"/> has srun start on each node: it connects to all of the hub's hosts at once, and prints what came of it.</summary>
internal static class HubCall
{
    /// <summary>The hidden command: PORT TOKEN HOST...</summary>
    public const string Verb = "__reach";

    /// <summary>So long a host has to answer, its name to be found included.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    public static int Run(IReadOnlyList<string> words, TextWriter output)
    {
        var (port, token) = (int.Parse(words[0], CultureInfo.InvariantCulture), words[1]);
        var node = Environment.GetEnvironmentVariable("SLURMD_NODENAME") ?? Environment.MachineName;
        var calls = words.Skip(2).Select(host => (Host: host, Answer: Task.Run(() => Call(host, port, token)))).ToArray();
        var began = TimeProvider.System.GetTimestamp();
        foreach (var (host, answer) in calls)
        {
            // A name server that is silent, or packets that are dropped, hold a call up for minutes.
            var left = Limit - TimeProvider.System.GetElapsedTime(began);
            var problem = answer.Wait(left > TimeSpan.Zero ? left : TimeSpan.Zero) ? answer.Result : $"no answer within {Limit.TotalSeconds:0} s";
            output.WriteLine(new HubTry(node, host, problem));
        }

        output.Flush();
        return ExitCodes.Success;
    }

    private static string? Call(string host, int port, string token)
    {
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(host, port);
            socket.Send(Encoding.ASCII.GetBytes(token));
            var answer = new byte[1];
            return socket.Receive(answer) == 1 && answer[0] == HubProbe.Answer ? null : "something else answers there";
        }
        catch (SocketException error)
        {
            return error.Message;
        }
    }
}
