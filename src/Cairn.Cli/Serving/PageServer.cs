using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Cairn.Cli.Serving;

/// <summary>Gives one page to this machine alone, to who knows the token. Small on purpose: a web server would double the program's size.</summary>
internal sealed class PageServer : IDisposable
{
    /// <summary>After so many seconds a browser asks for the page again.</summary>
    public const int RefreshSeconds = 5;

    private const int MostHead = 8 << 10;
    private const int MostAtOnce = 16;

    private readonly TcpListener _listener;
    private readonly string _token;
    private readonly Func<string> _page;
    private readonly TimeSpan _patience;
    private int _open;
    private volatile bool _isClosed;

    /// <summary>Listens.</summary>
    /// <param name="port">On this; 0 for one that is free.</param>
    /// <param name="token">For whom.</param>
    /// <param name="page">The page, as HTML.</param>
    /// <param name="patience">How long a request may take to come, and an answer to go.</param>
    /// <exception cref="SocketException">The port is taken, or not for this user.</exception>
    public PageServer(int port, string token, Func<string> page, TimeSpan patience)
    {
        (_token, _page, _patience) = (token, page, patience);
        _listener = new(IPAddress.Loopback, port);
        _listener.Start();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Answers, until it is disposed of.</summary>
    public void Serve()
    {
        while (!_isClosed)
        {
            try
            {
                var client = _listener.AcceptTcpClient();
                if (Interlocked.Increment(ref _open) <= MostAtOnce)
                {
                    ThreadPool.QueueUserWorkItem(_ => Answer(client));
                    continue;
                }

                Interlocked.Decrement(ref _open);
                client.Dispose();
            }
            catch (Exception error) when (error is SocketException or InvalidOperationException)
            {
                // Closed, or who asked has gone already, or this process has no file left: then it takes a while.
                if (!_isClosed)
                    Thread.Sleep(100);
            }
        }
    }

    private void Answer(TcpClient client)
    {
        try
        {
            using (client)
            {
                client.SendTimeout = (int)_patience.TotalMilliseconds;
                var stream = client.GetStream();
                var (status, wantsBody, page) = Consider(client, stream);
                var body = Encoding.UTF8.GetBytes(page ?? Words(status) + "\n");
                stream.Write(Encoding.ASCII.GetBytes(Head(status, page is not null, body.Length)));
                if (wantsBody)
                    stream.Write(body);
                client.Client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            // Who asked has gone.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private (int Status, bool WantsBody, string? Page) Consider(TcpClient client, NetworkStream stream)
    {
        if (ReadHead(client, stream, out var status) is not { } head)
            return (status, true, null);
        status = RequestHead.Judge(head, _token, out var wantsBody);
        if (status != 200)
            return (status, wantsBody, null);
        try
        {
            return (status, wantsBody, _page());
        }
        catch (Exception error)
        {
            // Whatever it was: it is no reason to serve no more.
            Console.Error.WriteLine($"cairn: {error.Message}");
            return (503, wantsBody, null);
        }
    }

    private string? ReadHead(TcpClient client, NetworkStream stream, out int status)
    {
        var bytes = new byte[MostHead];
        var began = TimeProvider.System.GetTimestamp();
        for (var count = 0; ;)
        {
            var left = _patience - TimeProvider.System.GetElapsedTime(began);
            status = left <= TimeSpan.Zero ? 408 : count == bytes.Length ? 431 : 400;
            if (status != 400)
                return null;
            client.ReceiveTimeout = Math.Max(1, (int)left.TotalMilliseconds);
            try
            {
                if (stream.Read(bytes, count, bytes.Length - count) is not (var read and > 0))
                    return null;
                count += read;
            }
            catch (IOException error) when (error.InnerException is SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock })
            {
                status = 408;
                return null;
            }

            if (bytes.AsSpan(0, count).IndexOf(RequestHead.End) is var end and >= 0)
                return Encoding.Latin1.GetString(bytes, 0, end);
        }
    }

    private static string Head(int status, bool isPage, int length) =>
        $"HTTP/1.1 {status} {Words(status).Split(':')[0]}\r\nContent-Type: text/{(isPage ? "html" : "plain")}; charset=utf-8\r\nContent-Length: {length}\r\n"
        + (status is 200 or 503 ? $"Refresh: {RefreshSeconds}\r\n" : "")
        + (status == 405 ? "Allow: GET, HEAD\r\n" : "")
        + "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nConnection: close\r\n\r\n";

    private static string Words(int status) => status switch
    {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden: the address must be the one that cairn serve has printed, with its token, by the name 127.0.0.1 or localhost",
        404 => "Not Found: there is one page",
        405 => "Method Not Allowed: the page is there to be read",
        408 => "Request Timeout",
        431 => "Request Header Fields Too Large",
        _ => "Service Unavailable: there is no run to show yet, or its folder cannot be read now; cairn serve says which on its terminal",
    };

    /// <summary>Closes.</summary>
    public void Dispose()
    {
        _isClosed = true;
        _listener.Dispose();
    }
}
