using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Cairn.Ranks;
using Microsoft.Extensions.Logging;

namespace Cairn.Benchmarks.Ranks;

/// <summary>Many ranks by real sockets to a real hub; the other ends are one thread that answers for all.</summary>
internal sealed class RealRanks : IDisposable
{
    private readonly HubServer hub;
    private readonly Dictionary<Socket, FrameBuffer> ranks = [];
    private readonly List<Socket> all = [];

    /// <summary>Connects all, and waits until each is welcome.</summary>
    public RealRanks(int size, ILogger log)
    {
        var greeting = new Greeting(ControlAddress.NewToken(), size, "1.0", "n1", 1);
        hub = new HubServer(greeting, onlyHere: true, 0, isPortFixed: false, TimeProvider.System, log);
        var began = Stopwatch.GetTimestamp();
        for (var rank = 0; rank < size; rank++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Connect(IPAddress.Loopback, hub.Address.Port);
            socket.Send(greeting.ToMessage(rank).ToFrame());
            ranks.Add(socket, new FrameBuffer());
            all.Add(socket);
        }

        Until(RankMessageKind.Welcome, size);
        Began = Stopwatch.GetElapsedTime(began);
    }

    /// <summary>How long that took.</summary>
    public TimeSpan Began { get; }

    /// <summary>From a rank's wish until the last rank knows the step.</summary>
    public TimeSpan Agree()
    {
        var began = Stopwatch.GetTimestamp();
        all[^1].Send(new RankMessage(RankMessageKind.Wanted) { Purpose = RankPurpose.Save }.ToFrame());
        Until(RankMessageKind.Act, all.Count);
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>From the end of one until all others know of it.</summary>
    public TimeSpan Die()
    {
        var began = Stopwatch.GetTimestamp();
        all[^1].Dispose();
        ranks.Remove(all[^1]);
        all.RemoveAt(all.Count - 1);
        Until(RankMessageKind.Lost, all.Count);
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>What part of a core the hub takes while ranks only say that they are there.</summary>
    /// <param name="time">How long to look.</param>
    public double Idle(TimeSpan time)
    {
        var beat = new RankMessage(RankMessageKind.Beat).ToFrame();
        var (began, cpu) = (Stopwatch.GetTimestamp(), HubTime());
        while (Stopwatch.GetElapsedTime(began) < time)
        {
            List<Socket> readable = [.. all];
            Socket.Select(readable, null, null, TimeSpan.FromMilliseconds(100));
            foreach (var socket in readable)
            {
                ranks[socket].Came(socket.Receive(ranks[socket].Free));
                while (ranks[socket].Take() is { } message)
                {
                    if (message.Kind == RankMessageKind.Beat)
                        socket.Send(beat);
                }
            }
        }

        return (HubTime() - cpu) / Stopwatch.GetElapsedTime(began);
    }

    // Of the hub's thread, as the kernel counts it.
    private static TimeSpan HubTime()
    {
        var task = Directory.EnumerateDirectories("/proc/self/task").First(task => File.ReadAllText(task + "/comm").TrimEnd() == "cairn hub");
        var words = File.ReadAllText(task + "/stat").Split(") ")[1].Split(' ');
        return TimeSpan.FromMilliseconds((long.Parse(words[11], CultureInfo.InvariantCulture) + long.Parse(words[12], CultureInfo.InvariantCulture)) * 10);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        hub.Dispose();
        all.ForEach(socket => socket.Dispose());
    }

    private void Until(RankMessageKind kind, int count)
    {
        while (count > 0)
        {
            List<Socket> readable = [.. all];
            Socket.Select(readable, null, null, TimeSpan.FromMinutes(1));
            if (readable.Count == 0)
                throw new TimeoutException($"{count} ranks were not told {kind}");
            foreach (var socket in readable)
            {
                var frames = ranks[socket];
                var length = socket.Receive(frames.Free);
                if (length == 0)
                    throw new InvalidOperationException("the hub has closed a rank's connection");
                frames.Came(length);
                while (frames.Take() is { } message)
                {
                    count -= message.Kind == kind ? 1 : 0;
                    if (message.Kind == RankMessageKind.Hold)
                        socket.Send(new RankMessage(RankMessageKind.Passed) { Number = message.Number, Step = 7 }.ToFrame());
                }
            }
        }
    }
}
