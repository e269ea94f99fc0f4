using Cairn.Posix;

namespace Cairn.Checkpoints.Writing;

/// <summary>
/// One payload file that is being written, block by block: past the page cache where the file system can, else through it with
/// the write-out begun at once, so that the sync at the end finds little left to do. Blocks may come from several threads.
/// </summary>
internal sealed class PayloadSink : IDisposable
{
    private readonly PosixFile file;
    private readonly long size;
    private volatile bool direct;

    /// <summary>Takes over a new file.</summary>
    /// <param name="file">The file, empty, its space reserved.</param>
    /// <param name="size">How long it will be.</param>
    /// <param name="tryDirect">Whether to try direct I/O.</param>
    public PayloadSink(PosixFile file, long size, bool tryDirect)
    {
        this.file = file;
        this.size = size;
        direct = tryDirect && file.TryBeDirect();
    }

    /// <summary>Whether it goes past the page cache.</summary>
    public bool IsDirect => direct;

    /// <summary>Which file it is; null where the system does not tell.</summary>
    public FileIdentity? Identity => file.Identity();

    /// <summary>Writes whole blocks from aligned memory; what lies beyond the file's size in the last of them is cut off later.</summary>
    /// <param name="offset">Where to, a multiple of a block.</param>
    /// <param name="blocks">What; as many bytes as whole blocks have.</param>
    public void Write(long offset, ReadOnlySpan<byte> blocks)
    {
        if (direct)
        {
            try
            {
                file.WriteAt(offset, blocks);
                return;
            }
            catch (PosixException e) when (e.Errno == Errno.Invalid)
            {
                // Some file systems take the flag and then refuse the write.
                direct = false;
                file.BeBuffered();
            }
        }

        var bytes = blocks[..(int)Math.Min(blocks.Length, size - offset)];
        file.WriteAt(offset, bytes);
        file.StartWriteOut(offset, bytes.Length);
    }

    /// <summary>Returns when the file, cut to its size, is on the disk.</summary>
    public void Finish()
    {
        // Only direct I/O writes beyond the end, and space was reserved up to the end alone.
        if (size % AlignedMemory.Block != 0)
            file.Truncate(size);
        file.Sync();
    }

    public void Dispose() => file.Dispose();
}
