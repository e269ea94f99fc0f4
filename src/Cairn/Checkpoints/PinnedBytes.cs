namespace Cairn.Checkpoints;

/// <summary>
/// The bytes of a tensor where they are: in host memory, in row-major order without gaps, and staying there until this is
/// disposed. Several threads copy to or from them at once.
/// </summary>
public sealed class PinnedBytes : IDisposable
{
    private readonly nint address;
    private Action? release;

    /// <summary>Tells of the bytes.</summary>
    /// <param name="address">Where the first one is.</param>
    /// <param name="length">How many there are.</param>
    /// <param name="release">Called once, when they need not stay there any more; null for nothing.</param>
    public PinnedBytes(nint address, long length, Action? release = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfZero(address);
        this.address = address;
        Length = length;
        this.release = release;
    }

    /// <summary>How many bytes there are.</summary>
    public long Length { get; }

    /// <summary>Lets the bytes go.</summary>
    public void Dispose() => Interlocked.Exchange(ref release, null)?.Invoke();

    /// <summary>Some of the bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not all within.</exception>
    internal unsafe Span<byte> At(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
        return new Span<byte>((byte*)address + offset, length);
    }
}
