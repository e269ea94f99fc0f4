using System.Diagnostics;
using System.Net.Sockets;

namespace Cairn.Ranks;

/// <summary>A rank's side: a connection to the hub, and the control thread that answers whatever the training is at.</summary>
internal sealed class HubConnection : IDisposable
{
    private static readonly TimeSpan ToConnect = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ToAnswer = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly Socket socket;
    private readonly TimeProvider time;
    private readonly IStepGate gate;
    private readonly FrameBuffer frames = new() { Most = RankMessage.MaximumLength };
    private readonly Lock sending = new();
    private readonly int rank;
    private bool isClosed;
    private Action<RankMessage>? receive;
    private Action<string>? lost;
    private long spoken;
    private volatile bool disposed;

    private HubConnection(Socket socket, int rank, IStepGate gate, TimeProvider time)
    {
        (this.socket, this.rank, this.gate, this.time) = (socket, rank, gate, time);
        spoken = time.GetTimestamp();
    }

    /// <summary>Connects and says who this is.</summary>
    /// <param name="address">Where the hub listens: hosts are tried in turn, and again as long as one of them is only slow (thousands may come at once).</param>
    /// <param name="greeting">Who this is.</param>
    /// <param name="rank">Its rank.</param>
    /// <param name="gate">The boundaries of its training.</param>
    /// <param name="patience">How long to try again.</param>
    /// <param name="time">The clock.</param>
    /// <param name="problem">Why there is no connection: each host, and what came of it.</param>
    /// <exception cref="RankException">The hub is there, and refuses this rank.</exception>
    public static HubConnection? Open(ControlAddress address, Greeting greeting, int rank, IStepGate gate, TimeSpan patience, TimeProvider time, out string problem)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var (problems, isSlow) = (new List<string>(), false);
            foreach (var host in address.Hosts)
            {
                if (OpenOnce(host, address.Port, greeting, rank, gate, time, out var why, ref isSlow) is { } connection)
                {
                    problem = string.Empty;
                    return connection;
                }

                problems.Add($"{host}: {why}");
            }

            problem = $"port {address.Port} at {string.Join("; ", problems)}";
            if (!isSlow || Stopwatch.GetElapsedTime(began) > patience)
                return null;
            Thread.Sleep(Pause);
        }
    }

    /// <summary>The same at one host, once.</summary>
    /// <param name="host">The host.</param>
    /// <param name="port">The port.</param>
    /// <param name="greeting">Who this is.</param>
    /// <param name="rank">Its rank.</param>
    /// <param name="gate">The boundaries of its training.</param>
    /// <param name="time">The clock.</param>
    /// <param name="why">Why there is no connection.</param>
    /// <param name="isSlow">Becomes true where that host may answer when it is asked again.</param>
    /// <exception cref="RankException">The hub is there, and refuses this rank.</exception>
    public static HubConnection? OpenOnce(string host, int port, Greeting greeting, int rank, IStepGate gate, TimeProvider time, out string why, ref bool isSlow)
    {
        var opened = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var patience = new CancellationTokenSource(ToConnect);
            opened.ConnectAsync(host, port, patience.Token).AsTask().GetAwaiter().GetResult();
            opened.SendTimeout = (int)HubServer.MostSilence.TotalMilliseconds;
            opened.ReceiveTimeout = (int)ToAnswer.TotalMilliseconds;
            var connection = new HubConnection(opened, rank, gate, time);
            connection.Send(greeting.ToMessage(rank));
            var answer = connection.Next();
            if (answer?.Kind == RankMessageKind.Refused)
                throw new RankException(answer.Text, [rank]);
            if (answer?.Kind == RankMessageKind.Welcome)
            {
                why = string.Empty;
                return connection;
            }

            isSlow |= answer is null && !connection.isClosed;
            why = answer is null && !connection.isClosed ? $"no answer within {Duration.Words(ToAnswer)}" : "something listens there that is not this run's rank 0";
        }
        catch (OperationCanceledException)
        {
            isSlow = true;
            why = $"not reached within {Duration.Words(ToConnect)}";
        }
        catch (Exception error) when (error is SocketException or IOException or InvalidDataException or ArgumentException)
        {
            isSlow |= error is SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.TryAgain };
            why = error.Message;
        }
        catch
        {
            opened.Dispose();
            throw;
        }

        opened.Dispose();
        return null;
    }

    /// <summary>Begins to answer.</summary>
    /// <param name="onMessage">Told of answers, announcements, goodbyes and losses; by the control thread, which must go on soon.</param>
    /// <param name="onLost">Told once, when the hub is gone, with what is known of it; by that thread.</param>
    public void Start(Action<RankMessage> onMessage, Action<string> onLost)
    {
        (receive, lost) = (onMessage, onLost);
        socket.ReceiveTimeout = (int)HubServer.Tick.TotalMilliseconds;
        new Thread(Run) { IsBackground = true, Name = "cairn control" }.Start();
    }

    /// <summary>Sends a message. May be called by any thread. That the hub is gone is told to who was given to <see cref="Start"/>.</summary>
    public void Send(RankMessage message)
    {
        var frame = message.ToFrame();
        lock (sending)
        {
            spoken = time.GetTimestamp();
            try
            {
                for (var sent = 0; sent < frame.Length;)
                    sent += socket.Send(frame.AsSpan(sent), SocketFlags.None);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                Shut(); // a message may be cut off, and what comes after it would be read as its rest. The control thread finds the same
            }
        }
    }

    public void Dispose()
    {
        disposed = true;
        socket.Dispose();
    }

    private void Shut()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It is shut.
        }
    }

    private void Run()
    {
        var why = "its connection is closed: the process has ended, or was killed";
        var (heard, looked) = (time.GetTimestamp(), time.GetTimestamp());
        try
        {
            while (true)
            {
                var message = Next();
                var now = time.GetTimestamp();
                if (message is not null || time.GetElapsedTime(looked, now) > HubServer.Standstill)
                    heard = now; // or this process stood still
                else if (isClosed)
                    break;
                looked = now;
                if (time.GetElapsedTime(heard, now) > HubServer.MostSilence)
                {
                    why = $"nothing was heard of it for {Duration.Words(HubServer.MostSilence)}: its machine is gone or cut off, or the process is stopped";
                    break;
                }

                if (time.GetElapsedTime(Volatile.Read(ref spoken), now) >= HubServer.BeatInterval * 2)
                    Send(new RankMessage(RankMessageKind.Beat));
                if (message is not null)
                    Take(message);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidDataException)
        {
            why = error.Message;
        }

        gate.Open();
        if (!disposed)
            lost!($"rank 0: {why}");
    }

    private void Take(RankMessage message)
    {
        switch (message.Kind)
        {
            // All answer at once what the hub says to all at once: it looks at thousands of sockets in one go, and not for every beat.
            case RankMessageKind.Beat:
                Send(message);
                break;
            case RankMessageKind.Hold:
                Send(new RankMessage(RankMessageKind.Passed) { Rank = rank, Number = message.Number, Step = gate.Hold() });
                break;
            case RankMessageKind.Act:
                gate.Act(message); // first: boundaries wait for it
                receive!(message);
                break;
            case RankMessageKind.Answer or RankMessageKind.Announce or RankMessageKind.Bye or RankMessageKind.Lost:
                receive!(message);
                break;
        }
    }

    // The next message; null when none came for a while, or none will.
    private RankMessage? Next()
    {
        while (true)
        {
            if (frames.Take() is { } message)
                return message;
            var length = socket.Receive(frames.Free, SocketFlags.None, out var error);
            if (error is SocketError.TimedOut or SocketError.WouldBlock)
                return null;
            if (error != SocketError.Success || length == 0)
            {
                isClosed = true;
                return null;
            }

            frames.Came(length);
        }
    }
}
