using System.Net.Sockets;
using System.Text.Json;
using Cairn.JsonForms;

namespace Cairn.Cli.LocalScheduler.Protocol;

/// <summary>JSON objects, a line each, over a socket. Lines longer than <see cref="LongestLine"/> end the connection.</summary>
internal sealed class LineChannel(Socket socket) : IDisposable
{
    public const int LongestLine = 1 << 20;

    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private byte[] _buffer = new byte[4096];
    private int _filled;

    public async Task WriteAsync(Request request) => await _stream.WriteAsync(JsonWriting.Line(json => MessageJson.Write(json, request)));

    public async Task WriteAsync(Reply reply) => await _stream.WriteAsync(JsonWriting.Line(json => MessageJson.Write(json, reply)));

    /// <inheritdoc cref="ReadAsync"/>
    public Task<Request?> ReadRequestAsync() => ReadAsync(MessageJson.ReadRequest);

    /// <inheritdoc cref="ReadAsync"/>
    public Task<Reply?> ReadReplyAsync() => ReadAsync(MessageJson.ReadReply);

    public void Dispose() => _stream.Dispose();

    /// <summary>The next message; null when the other side has gone.</summary>
    /// <exception cref="InvalidDataException">The line is too long, or is no such message.</exception>
    private async Task<T?> ReadAsync<T>(Func<JsonElement, T?> read)
        where T : class
    {
        var searched = 0;
        while (true)
        {
            var end = Array.IndexOf(_buffer, (byte)'\n', searched, _filled - searched);
            if (end >= 0)
            {
                try
                {
                    using var json = JsonDocument.Parse(_buffer.AsMemory(0, end));
                    return read(json.RootElement);
                }
                catch (JsonException error)
                {
                    throw new InvalidDataException("The line is no message of this protocol.", error);
                }
                finally
                {
                    _filled -= end + 1;
                    _buffer.AsSpan(end + 1, _filled).CopyTo(_buffer);
                }
            }

            searched = _filled;
            if (_filled == LongestLine)
                throw new InvalidDataException($"The line is longer than {LongestLine} bytes.");
            if (_filled == _buffer.Length)
                Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, LongestLine));
            var more = await _stream.ReadAsync(_buffer.AsMemory(_filled));
            if (more == 0)
                return null;
            _filled += more;
        }
    }
}
