using System.Runtime.InteropServices;

namespace Cairn.Posix;

/// <summary>Native memory that direct I/O takes: it begins at a large page, is backed by large pages where the system gives them, and has been touched.</summary>
/// <remarks>
/// Copying into fresh memory costs up to ten times a copy into memory whose pages are there already. A forked child does not have it: else the first write to
/// each page after a fork would make a new one, at that cost again, and a device that the memory is registered with would go on writing into the old one.
/// </remarks>
internal sealed unsafe class AlignedMemory : IDisposable
{
    /// <summary>What direct I/O wants its memory, offsets and lengths to be multiples of.</summary>
    public const int Block = 4096;

    private const int LargePage = 2 * 1024 * 1024;
    private byte* start;

    /// <summary>Allocates it.</summary>
    /// <param name="length">How many bytes; rounded up to whole blocks.</param>
    /// <exception cref="OutOfMemoryException">There is not so much.</exception>
    public AlignedMemory(long length)
    {
        Length = RoundUp(length);
        start = (byte*)NativeMemory.AlignedAlloc((nuint)Length, LargePage);
        _ = Libc.Advise(start, (nuint)Length, Libc.HugePages); // a hint
        IsHereAlone = Libc.Advise(start, (nuint)Length, Libc.NotForChildren) == 0; // else the process has as many mappings as it may
        for (var offset = 0L; offset < Length; offset += Block)
            start[offset] = 0;
    }

    /// <summary>Whether no child has it that is forked from now on.</summary>
    public bool IsHereAlone { get; }

    /// <summary>Where it begins.</summary>
    public nint Address => (nint)start;

    /// <summary>Its length in bytes.</summary>
    public long Length { get; }

    /// <summary>The least multiple of a block that holds so many bytes.</summary>
    public static long RoundUp(long length) => checked(length + Block - 1) / Block * Block;

    /// <summary>Some of the bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not all within.</exception>
    public Span<byte> At(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(start is null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
        return new Span<byte>(start + offset, length);
    }

    /// <summary>Where some of the bytes are.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not all within.</exception>
    public nint AddressOf(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
        return (nint)(start + offset);
    }

    public void Dispose()
    {
        if (start is not null)
            _ = Libc.Advise(start, (nuint)Length, Libc.ForChildren); // who gets the addresses next may fork
        NativeMemory.AlignedFree(start);
        start = null;
    }
}
