using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

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

    /// <summary>How often a side looks whether the other one is still there.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>So long between two looks means that this process stood still, and what the others are silent since tells nothing.</summary>
    public static readonly TimeSpan Standstill = TimeSpan.FromSeconds(15);

    // Who does not say who it is within that time is none of ours. So many may be about to say it; others wait before the door.
    private static readonly TimeSpan ToGreet = TimeSpan.FromSeconds(10);
    private const int MostStrangers = 64;
    private static readonly TimeSpan ToEnd = TimeSpan.FromSeconds(2);
    private readonly TcpListenerSocket listener;
    private readonly string token;
    private readonly TimeProvider time;
    private readonly JobStep? only;
    private readonly Dictionary<string, JobStep> steps = [];
    private readonly Dictionary<Socket, Peer> peers = [];
    private readonly ILogger log;
    private readonly Thread thread;
    private int strangers;
    private bool isFull;
    private bool hasToldFull;
    private volatile bool disposed;

    /// <summary>Listens to the ranks of one job step.</summary>
    /// <param name="own">What this job step's ranks say of themselves.</param>
    /// <param name="onlyHere">Whether all ranks are on this machine.</param>
    /// <param name="port">The port; 0 for any.</param>
    /// <param name="isPortFixed">Whether it must be that one: it was told to the others. Else any, where it is taken.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">For a person.</param>
    /// <exception cref="SocketException">It cannot listen.</exception>
    public HubServer(Greeting own, bool onlyHere, int port, bool isPortFixed, TimeProvider time, ILogger log)
        : this(own.Token, new JobStep(own), onlyHere, port, isPortFixed, time, log)
    {
    }

    /// <summary>Listens to the ranks of all steps of a job, each step for itself: which there are, and of how many ranks, their first one tells.</summary>
    /// <param name="token">What only they know.</param>
    /// <param name="onlyHere">Whether all are on this machine.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">For a person.</param>
    /// <exception cref="SocketException">It cannot listen.</exception>
    public HubServer(string token, bool onlyHere, TimeProvider time, ILogger log)
        : this(token, null, onlyHere, 0, isPortFixed: false, time, log)
    {
    }

    private HubServer(string token, JobStep? only, bool onlyHere, int port, bool isPortFixed, TimeProvider time, ILogger log)
    {
        (this.token, this.only, this.time, this.log) = (token, only, time, log);
        listener = TcpListenerSocket.Open(onlyHere, port, isPortFixed);
        Address = new ControlAddress(onlyHere ? ["127.0.0.1"] : ControlAddress.HostsOfThisMachine(), listener.Port, token);
        thread = new Thread(Run) { IsBackground = true, Name = "cairn hub" };
        thread.Start();
    }

    /// <summary>Where it listens.</summary>
    public ControlAddress Address { get; }

    /// <summary>Hands on what has come until now, and closes.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        listener.WakeUp();
        thread.Join(ToEnd);
    }

    private void Run()
    {
        var (slept, looked) = (time.GetTimestamp(), time.GetTimestamp());
        try
        {
            while (!disposed)
            {
                Turn(Tick);
                var now = time.GetTimestamp(); // one instant for all that follows: this process may stand still between any two lines
                if (time.GetElapsedTime(slept, now) > Standstill)
                {
                    foreach (var peer in peers.Values)
                        peer.Heard = now;
                }

                slept = now;
                if (time.GetElapsedTime(looked, now) < Tick)
                    continue;
                looked = now;
                isFull = false;
                Look(now);
            }

            var ends = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(ends) < ToEnd && Turn(TimeSpan.Zero))
            {
                // The last words of rank 0, which may have said something and closed.
            }
        }
        finally
        {
            listener.Dispose();
            foreach (var peer in peers.Values)
                peer.Socket.Dispose();
        }
    }

    // Takes what has come, and sends on what could not be sent before. Returns whether there was something.
    private bool Turn(TimeSpan limit)
    {
        List<Socket> readable = [.. peers.Keys];
        if (!disposed && strangers < MostStrangers && !isFull)
            readable.Add(listener.Socket);
        List<Socket> writable = [.. peers.Values.Where(peer => peer.HasUnsent).Select(peer => peer.Socket)];
        if (readable.Count == 0)
        {
            Thread.Sleep(limit);
            return false;
        }

        Socket.Select(readable, writable, null, limit);
        foreach (var socket in writable)
            peers[socket].Flush();
        foreach (var socket in readable)
        {
            if (socket == listener.Socket)
                Accept();
            else if (peers.TryGetValue(socket, out var peer))
                Read(peer);
        }

        return readable.Count + writable.Count > 0;
    }

    private void Accept()
    {
        while (strangers < MostStrangers && listener.TryAccept(out isFull) is { } socket)
        {
            strangers++;
            peers.Add(socket, new Peer(socket) { Came = time.GetTimestamp(), Heard = time.GetTimestamp(), Spoken = time.GetTimestamp() });
        }

        if (!isFull || hasToldFull)
            return;
        hasToldFull = true;
        log.LogWarning(
            LogEvents.RanksLate,
            "this process may have no more open files and sockets than the {Ranks} ranks that are here, so others cannot come in: raise the limit before srun (ulimit -Hn, in the batch script)", peers.Values.Count(peer => peer.Rank is not null));
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
        strangers--;
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
    private void Look(long now)
    {
        foreach (var peer in peers.Values.ToList())
        {
            if (peer.Rank is null && time.GetElapsedTime(peer.Came, now) > ToGreet)
                Close(peer, "a stranger");
            else if (time.GetElapsedTime(peer.Heard, now) > MostSilence)
                Close(peer, $"nothing was heard of it for {Duration.Words(MostSilence)}: its machine is gone or cut off, or the process is stopped");
            else if (peer.Rank is not null && time.GetElapsedTime(peer.Spoken, now) > BeatInterval)
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
        {
            strangers--;
            return;
        }

        peer.Step!.Ranks[rank] = null;
        if (!disposed) // else it is this process that ends
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

        public long Came { get; init; }

        public long Heard { get; set; }

        public long Spoken { get; set; }

        public bool HasUnsent => unsent.Count > 0;

        /// <summary>Takes some of what is there: not all, for who sends without an end would keep the hub from the others. Returns whether the other side is there, too.</summary>
        public bool Receive()
        {
            var length = socket.Receive(Frames.Free, SocketFlags.None, out var error);
            if (error is SocketError.WouldBlock)
                return true;
            if (error != SocketError.Success || length == 0)
                return false;
            Frames.Came(length);
            return true;
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
        private TcpListenerSocket(bool onlyHere, int port)
        {
            Socket = onlyHere || !Socket.OSSupportsIPv6
                ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
                : new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
            try
            {
                Socket.Bind(new IPEndPoint(onlyHere ? IPAddress.Loopback : Socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, port));
                Socket.Listen(4096);
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

        /// <summary>Listens at a port, or at any where another program has that one (an MPI takes those that Slurm reserves, too).</summary>
        public static TcpListenerSocket Open(bool onlyHere, int port, bool isPortFixed)
        {
            try
            {
                return new(onlyHere, port);
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse && !isPortFixed && port != 0)
            {
                return new(onlyHere, 0);
            }
        }

        public Socket? TryAccept(out bool isFull)
        {
            isFull = false;
            try
            {
                var socket = Socket.Accept();
                socket.Blocking = false;
                socket.NoDelay = true;
                return socket;
            }
            catch (SocketException error)
            {
                isFull = error.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable;
                return null; // or nobody else waits
            }
        }

        /// <summary>Somebody comes, so who waits for that goes on.</summary>
        public void WakeUp()
        {
            try
            {
                using var wakes = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                wakes.Connect(IPAddress.Loopback, Port);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // It is on its way, or who waits looks up within a second.
            }
        }

        public void Dispose() => Socket.Dispose();
    }
}
