using System.Net;
using System.Net.Sockets;
using Cairn.Ranks;

namespace Cairn.Tests.Ranks;

/// <summary>The other end of a connection, by hand: says what it is told to, and shows what comes.</summary>
internal sealed class RawRank : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly Socket socket;
    private readonly FrameBuffer frames = new() { Most = RankMessage.MaximumLength };

    /// <summary>Takes a connection that is there.</summary>
    public RawRank(Socket socket)
    {
        this.socket = socket;
        socket.ReceiveTimeout = (int)Limit.TotalMilliseconds;
        socket.SendTimeout = (int)Limit.TotalMilliseconds;
    }

    public Socket Socket => socket;

    /// <summary>Connects, and says nothing.</summary>
    public static RawRank To(HubServer hub)
    {
        var connects = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        connects.Connect(IPAddress.Loopback, hub.Address.Port);
        return new RawRank(connects);
    }

    /// <summary>Connects, where somebody listens; else null.</summary>
    public static RawRank? TryTo(IPAddress address, int port)
    {
        var connects = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            connects.Connect(address, port);
            return new RawRank(connects);
        }
        catch (SocketException)
        {
            connects.Dispose();
            return null;
        }
    }

    /// <summary>Connects and comes in.</summary>
    public static RawRank To(HubServer hub, int rank, Greeting greeting)
    {
        var raw = To(hub);
        raw.Send(greeting.ToMessage(rank));
        return raw;
    }

    public void Send(RankMessage message) => Send(message.ToFrame());

    public void Send(byte[] bytes) => socket.Send(bytes);

    /// <summary>The next message that is no heartbeat; null when the other side closes.</summary>
    public RankMessage? Next(bool beats = false)
    {
        while (true)
        {
            if (frames.Take() is { } message)
            {
                if (message.Kind != RankMessageKind.Beat || beats)
                    return message;
                continue;
            }

            var length = socket.Receive(frames.Free, SocketFlags.None, out var error);
            if (error is SocketError.TimedOut or SocketError.WouldBlock)
                throw new TimeoutException($"nothing came within {Limit}");
            if (error != SocketError.Success || length == 0)
                return null;
            frames.Came(length);
        }
    }

    public void Dispose() => socket.Dispose();
}
