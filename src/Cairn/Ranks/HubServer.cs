using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Cairn.Ranks;

/// <summary>
/// The hub on a thread of its own: takes the ranks' connections, hands what comes to <see cref="Hub"/>, and sends what that says. Rank 0's own
/// process is a rank like the others to it.
/// </summary>
internal sealed class HubServer : IDisposable
{
    /// <summary>How often each side says that it is still there.</summary>
    public static readonly TimeSpan BeatInterval = TimeSpan.FromSeconds(5);

    /// <summary>So long a side may be silent before it counts as gone: its machine vanished, for a process that ends closes its socket.</summary>
    public static readonly TimeSpan MostSilence = TimeSpan.FromSeconds(60);

    // Who does not say who it is within that time, or with so many others, is none of ours.
    private static readonly TimeSpan ToGreet = TimeSpan.FromSeconds(10);
    private const int MostStrangers = 64;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    // So long between two looks means that this process stood still, and what the others are silent since tells nothing.
    private static readonly TimeSpan Standstill = TimeSpan.FromSeconds(10);
    private readonly TcpListenerSocket listener;
    private readonly string token;
    private readonly TimeProvider time;
    private readonly JobStep? only;
    private readonly Dictionary<string, JobStep> steps = [];
    private readonly Dictionary<Socket, Peer> peers = [];
    private volatile bool disposed;

    /// <summary>Listens to the ranks of one job step.</summary>
    /// <param name="own">What this job step's ranks say of themselves.</param>
    /// <param name="onlyHere">Whether all ranks are on this machine.</param>
    /// <param name="port">The port; 0 for any.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="SocketException">It cannot listen.</exception>
    public HubServer(Greeting own, bool onlyHere, int port, TimeProvider time)
        : this(own.Token, new JobStep(own), onlyHere, port, time)
    {
    }

    /// <summary>Listens to the ranks of all steps of a job, each step for itself: which there are, and of how many ranks, their first one tells.</summary>
    /// <param name="token">What only they know.</param>
    /// <param name="onlyHere">Whether all are on this machine.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="SocketException">It cannot listen.</exception>
    public HubServer(string token, bool onlyHere, TimeProvider time)
        : this(token, null, onlyHere, 0, time)
    {
    }

    private HubServer(string token, JobStep? only, bool onlyHere, int port, TimeProvider time)
    {
        (this.token, this.only, this.time) = (token, only, time);
        listener = new TcpListenerSocket(onlyHere, port);
        Address = new ControlAddress(onlyHere ? ["127.0.0.1"] : ControlAddress.HostsOfThisMachine(), listener.Port, token);
        new Thread(Run) { IsBackground = true, Name = "cairn hub" }.Start();
    }

    /// <summary>Where it listens.</summary>
    public ControlAddress Address { get; }

    public void Dispose() => disposed = true;

    private void Run()
    {
        var looked = time.GetTimestamp();
        try
        {
            while (!disposed)
            {
                List<Socket> readable = [listener.Socket, .. peers.Keys];
                List<Socket> writable = [.. peers.Values.Where(peer => peer.HasUnsent).Select(peer => peer.Socket)];
                Socket.Select(readable, writable, null, Tick);
                if (time.GetElapsedTime(looked) > Standstill)
                {
                    foreach (var peer in peers.Values)
                        peer.Heard = time.GetTimestamp();
                }

                looked = time.GetTimestamp();
                foreach (var socket in writable)
                    peers[socket].Flush();
                foreach (var socket in readable)
                {
                    if (socket == listener.Socket)
                        Accept();
                    else if (peers.TryGetValue(socket, out var peer))
                        Read(peer);
                }

                Look();
            }
        }
        finally
        {
            listener.Dispose();
            foreach (var peer in peers.Values)
                peer.Socket.Dispose();
        }
    }

    private void Accept()
    {
        while (listener.TryAccept() is { } socket)
        {
            if (peers.Values.Count(peer => peer.Rank is null) >= MostStrangers)
                socket.Dispose();
            else
                peers.Add(socket, new Peer(socket) { Heard = time.GetTimestamp(), Spoken = time.GetTimestamp() });
        }
    }

    private void Read(Peer peer)
    {
        try
        {
            if (!peer.Receive())
            {
                Close(peer, "its connection is closed: the process has ended, or was killed");
                return;
            }

            peer.Heard = time.GetTimestamp();
            while (peer.Frames.Take() is { } message)
            {
                if (peer.Rank is { } rank)
                    Send(peer.Step!, peer.Step!.Hub.Received(rank, message));
                else if (!Greet(peer, message))
                    return;
            }
        }
        catch (Exception error) when (error is SocketException or InvalidDataException)
        {
            Close(peer, error.Message);
        }
    }

    // Who does not know the token gets no answer.
    private bool Greet(Peer peer, RankMessage message)
    {
        if (Greeting.Of(message) is not { } greeting || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(greeting.Token), Encoding.UTF8.GetBytes(token)))
        {
            Close(peer, "a stranger");
            return false;
        }

        var step = only ?? StepOf(greeting);
        if (step.Hub.WhyNot(message.Rank, greeting, step.Own) is { } why)
        {
            peer.Send(new RankMessage(RankMessageKind.Refused) { Text = why });
            Close(peer, why);
            return false;
        }

        (peer.Rank, peer.Step) = (message.Rank, step);
        peer.Frames.Most = RankMessage.MaximumLength;
        step.Ranks[message.Rank] = peer;
        Send(step, step.Hub.Joined(message.Rank, greeting.Node));
        return true;
    }

    private JobStep StepOf(Greeting greeting)
    {
        if (!steps.TryGetValue(greeting.Step, out var step))
            steps.Add(greeting.Step, step = new JobStep(greeting));
        return step;
    }

    // Still there? And if so, does it know that we are?
    private void Look()
    {
        foreach (var peer in peers.Values.ToList())
        {
            if (peer.Rank is null && time.GetElapsedTime(peer.Heard) > ToGreet)
                Close(peer, "a stranger");
            else if (time.GetElapsedTime(peer.Heard) > MostSilence)
                Close(peer, $"nothing was heard of it for {Duration.Words(MostSilence)}: its machine is gone or cut off, or the process is stopped");
            else if (peer.Rank is not null && time.GetElapsedTime(peer.Spoken) > BeatInterval)
                Send(peer, new RankMessage(RankMessageKind.Beat));
        }
    }

    private void Send(JobStep step, List<Hub.Outgoing> outgoing)
    {
        foreach (var (to, message) in outgoing)
        {
            if (to != Hub.Everybody)
            {
                if (step.Ranks[to] is { } peer)
                    Send(peer, message);
                continue;
            }

            var frame = message.ToFrame();
            foreach (var peer in step.Ranks)
            {
                if (peer is not null && step.Hub.IsHere(peer.Rank!.Value))
                    Send(peer, frame);
            }
        }
    }

    private void Send(Peer peer, RankMessage message) => Send(peer, message.ToFrame());

    private void Send(Peer peer, byte[] frame)
    {
        peer.Spoken = time.GetTimestamp();
        peer.Send(frame); // when that fails, the next reading finds out
    }

    private void Close(Peer peer, string why)
    {
        peers.Remove(peer.Socket);
        peer.Socket.Dispose();
        if (peer.Rank is not { } rank)
            return;
        peer.Step!.Ranks[rank] = null;
        Send(peer.Step, peer.Step.Hub.Gone(rank, why));
    }

    /// <summary>The ranks of one job step.</summary>
    private sealed class JobStep(Greeting own)
    {
        public Greeting Own => own;

        public Hub Hub { get; } = new(own.WorldSize);

        public Peer?[] Ranks { get; } = new Peer?[own.WorldSize];
    }

    /// <summary>One connection.</summary>
    private sealed class Peer(Socket socket)
    {
        private readonly Queue<byte[]> unsent = [];
        private int sentOfFirst;

        public Socket Socket => socket;

        public FrameBuffer Frames { get; } = new();

        public int? Rank { get; set; }

        public JobStep? Step { get; set; }

        public long Heard { get; set; }

        public long Spoken { get; set; }

        public bool HasUnsent => unsent.Count > 0;

        /// <summary>Takes what is there. Returns whether the other side is, too.</summary>
        public bool Receive()
        {
            while (true)
            {
                var length = socket.Receive(Frames.Free, SocketFlags.None, out var error);
                if (error is SocketError.WouldBlock)
                    return true;
                if (error != SocketError.Success || length == 0)
                    return false;
                Frames.Came(length);
                if (socket.Available == 0)
                    return true;
            }
        }

        public void Send(RankMessage message) => Send(message.ToFrame());

        public void Send(byte[] frame)
        {
            unsent.Enqueue(frame);
            Flush();
        }

        public void Flush()
        {
            while (unsent.TryPeek(out var first))
            {
                var length = socket.Send(first.AsSpan(sentOfFirst), SocketFlags.None, out var error);
                if (error is SocketError.WouldBlock)
                    return;
                if (error != SocketError.Success)
                {
                    unsent.Clear();
                    return;
                }

                sentOfFirst += length;
                if (sentOfFirst < first.Length)
                    continue;
                unsent.Dequeue();
                sentOfFirst = 0;
            }
        }
    }

    /// <summary>The socket that takes connections, on this machine's loopback alone or on all its addresses.</summary>
    private sealed class TcpListenerSocket : IDisposable
    {
        public TcpListenerSocket(bool onlyHere, int port)
        {
            Socket = onlyHere || !Socket.OSSupportsIPv6
                ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
                : new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
            try
            {
                Socket.Bind(new IPEndPoint(onlyHere ? IPAddress.Loopback : Socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, port));
                Socket.Listen(1024);
                Socket.Blocking = false;
            }
            catch
            {
                Socket.Dispose();
                throw;
            }
        }

        public Socket Socket { get; }

        public int Port => ((IPEndPoint)Socket.LocalEndPoint!).Port;

        public Socket? TryAccept()
        {
            try
            {
                var socket = Socket.Accept();
                socket.Blocking = false;
                socket.NoDelay = true;
                return socket;
            }
            catch (SocketException)
            {
                return null; // nobody else waits, or there are no more descriptors just now
            }
        }

        public void Dispose() => Socket.Dispose();
    }
}
