using System.Net.Sockets;

namespace Cairn.Cli.LocalScheduler.Protocol;

/// <summary>A connection from inside the job; srun's lives as long as its step.</summary>
internal sealed class Connection;

/// <summary>Listens on the job's socket and hands every request on.</summary>
/// <param name="answer">Answers a request; null when it needs no answer.</param>
/// <param name="closed">A connection has ended, by itself or by the death of the other side.</param>
internal sealed class Server(string path, Func<Connection, Request, Task<Reply?>> answer, Action<Connection> closed) : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public void Start()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen(128);
        _ = AcceptAsync();
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = ServeAsync(socket);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        var connection = new Connection();
        using var channel = new LineChannel(socket);
        try
        {
            while (await channel.ReadRequestAsync() is { } request)
            {
                if (await answer(connection, request) is { } reply)
                    await channel.WriteAsync(reply);
            }
        }
        catch (InvalidDataException error)
        {
            await channel.WriteAsync(Reply.Failed($"cairn local: {error.Message}"));
        }
        catch (IOException)
        {
            // The other side was killed, as a requeue does; its connection ends like any other.
        }
        finally
        {
            closed(connection);
        }
    }
}
