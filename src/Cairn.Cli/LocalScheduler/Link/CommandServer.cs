using System.Net.Sockets;
using System.Text.Json;

namespace Cairn.Cli.LocalScheduler.Link;

/// <summary>Takes what programs inside the job ask, over a socket in a folder that only this user may enter.</summary>
internal sealed class CommandServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Func<CommandRequest, CommandReply> _answer;

    /// <param name="path">The socket's path.</param>
    /// <param name="answer">Called on a connection's own thread.</param>
    public CommandServer(string path, Func<CommandRequest, CommandReply> answer)
    {
        _answer = answer;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen(128);
        new Thread(Accept) { IsBackground = true, Name = "commands" }.Start();
    }

    public void Dispose() => _listener.Dispose();

    private void Accept()
    {
        while (true)
        {
            Socket connection;
            try
            {
                connection = _listener.Accept();
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                return;
            }

            new Thread(() => Serve(connection)) { IsBackground = true, Name = "command" }.Start();
        }
    }

    private void Serve(Socket connection)
    {
        using var stream = new NetworkStream(connection, ownsSocket: true);
        try
        {
            while (MessageLine.Read(stream) is { } line)
            {
                var request = JsonSerializer.Deserialize(line, MessageJson.Default.CommandRequest)
                    ?? throw new InvalidDataException("An empty message.");
                MessageLine.Write(stream, JsonSerializer.Serialize(_answer(request), MessageJson.Default.CommandReply));
            }
        }
        catch (Exception broken) when (broken is JsonException or InvalidDataException)
        {
            // Not one of our own commands: the connection ends, and the job goes on.
        }
        catch (IOException)
        {
            // It was killed while it asked, as a requeue does.
        }
    }
}
