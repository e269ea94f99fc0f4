using System.Buffers.Binary;

namespace Cairn.Ranks;

/// <summary>Bytes as they come from a socket, cut into messages.</summary>
internal sealed class FrameBuffer
{
    private byte[] bytes = new byte[4096];
    private int count;

    /// <summary>No longer message is taken: short until it is known who sends.</summary>
    public int Most { get; set; } = 4096;

    /// <summary>Where the next bytes go.</summary>
    public Span<byte> Free
    {
        get
        {
            if (bytes.Length - count < 2048)
                Array.Resize(ref bytes, bytes.Length * 2);
            return bytes.AsSpan(count);
        }
    }

    /// <summary>So many came.</summary>
    public void Came(int length) => count += length;

    /// <summary>The next message that is there as a whole; null when none is.</summary>
    /// <exception cref="InvalidDataException">What came is no message.</exception>
    public RankMessage? Take()
    {
        if (count < sizeof(int))
            return null;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (length < 0 || length > Most)
            throw new InvalidDataException($"a message of {length} bytes is too long");
        if (count - sizeof(int) < length)
            return null;
        var message = RankMessage.Of(bytes.AsSpan(sizeof(int), length));
        count -= sizeof(int) + length;
        bytes.AsSpan(sizeof(int) + length, count).CopyTo(bytes);
        return message;
    }
}
