namespace Cairn.Checkpoints.Records;

/// <summary>How a state is cut into files, and files into segments. By sizes alone, so that nothing of it depends on how many ranks write.</summary>
/// <param name="Segment">
/// A file is cut at every multiple of this many bytes. No hash goes across a cut, so each segment is written and hashed, and read and
/// checked, by itself; a multiple of a block of the disk, so no two writers come near the same one.
/// </param>
/// <param name="File">Of how many bytes of tensors a payload file is made at most; a longer tensor has a file of its own.</param>
internal sealed record FormatLimits(long Segment, long File)
{
    /// <summary>A file that is not cut: all of format 1.</summary>
    public const long Uncut = long.MaxValue;

    /// <summary>What is written. Only tests have others; a record says where its files are cut.</summary>
    public static FormatLimits Standard { get; } = new(64L << 20, 4L << 30);

    /// <summary>In how many segments a tensor lies, and so how many hashes it has; at least one.</summary>
    /// <param name="offset">Of its first byte in the file.</param>
    /// <param name="length">How many bytes it has.</param>
    /// <param name="segment">Where the file is cut.</param>
    public static long PiecesOf(long offset, long length, long segment) =>
        length == 0 ? 1 : ((offset + length - 1) / segment) - (offset / segment) + 1;

    /// <summary>Where the next piece of a tensor ends, counted from the tensor's beginning.</summary>
    /// <param name="offset">Of the tensor's first byte in the file.</param>
    /// <param name="length">How many bytes it has.</param>
    /// <param name="segment">Where the file is cut.</param>
    /// <param name="start">Of the piece, counted from the tensor's beginning.</param>
    public static long EndOfPiece(long offset, long length, long segment, long start) =>
        Math.Min(length - start, segment - ((offset + start) % segment)) + start;
}
