using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Cairn.Cli.LocalScheduler.Protocol;

/// <summary>JSON objects, a line each, over a socket. Lines longer than <see cref="LongestLine"/> end the connection.</summary>
internal sealed class LineChannel(Socket socket) : IDisposable
{
    public const int LongestLine = 1 << 20;

    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private byte[] _buffer = new byte[4096];
    private int _filled;

    public async Task WriteAsync<T>(T message, JsonTypeInfo<T> type)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(message, type), (byte)'\n'];
        await _stream.WriteAsync(line);
    }

    /// <summary>The next message; null when the other side has gone.</summary>
    /// <exception cref="InvalidDataException">The line is too long, or is no such message.</exception>
    public async Task<T?> ReadAsync<T>(JsonTypeInfo<T> type)
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
                    return JsonSerializer.Deserialize(_buffer.AsSpan(0, end), type);
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
            var read = await _stream.ReadAsync(_buffer.AsMemory(_filled));
            if (read == 0)
                return null;
            _filled += read;
        }
    }

    public void Dispose() => _stream.Dispose();
}
