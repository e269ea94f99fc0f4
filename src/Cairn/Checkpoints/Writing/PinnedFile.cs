using System.Collections.Immutable;
using System.IO.Hashing;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Safetensors;

namespace Cairn.Checkpoints.Writing;

/// <summary>A payload file whose tensors all tell where they lie in memory: several threads read it at once, anywhere.</summary>
internal sealed class PinnedFile : IDisposable
{
    private const int PieceLength = 4 * 1024 * 1024;
    private readonly SafetensorsLayout layout;
    private readonly ImmutableArray<PinnedBytes?> tensors; // null for one without bytes

    private PinnedFile(SafetensorsLayout layout, ImmutableArray<PinnedBytes?> tensors)
    {
        this.layout = layout;
        this.tensors = tensors;
    }

    /// <summary>Pins all tensors of a file; null when one of them can only be copied by its own means.</summary>
    public static PinnedFile? TryPin(SafetensorsLayout layout)
    {
        var pinned = new List<PinnedBytes?>();
        var isWhole = false;
        try
        {
            foreach (var tensor in layout.Tensors)
            {
                var bytes = tensor.PinWhole();
                pinned.Add(bytes);
                if (bytes is null && tensor.Info.ByteCount > 0)
                    return null;
            }

            isWhole = true;
            return new PinnedFile(layout, [.. pinned]);
        }
        finally
        {
            if (!isWhole)
                pinned.ForEach(bytes => bytes?.Dispose());
        }
    }

    /// <summary>Copies bytes of the file; zeros beyond its end.</summary>
    /// <param name="offset">The first byte, counted from the file's beginning.</param>
    /// <param name="destination">Where to; its length says how many.</param>
    public void CopyTo(long offset, Span<byte> destination)
    {
        if (offset < layout.Header.Length)
        {
            var header = layout.Header.AsSpan((int)offset);
            header = header[..Math.Min(header.Length, destination.Length)];
            header.CopyTo(destination);
            offset += header.Length;
            destination = destination[header.Length..];
        }

        for (var i = FirstEndingAfter(offset); i < tensors.Length && destination.Length > 0; i++)
        {
            var within = offset - layout.Offsets[i];
            var length = (int)Math.Min(layout.Tensors[i].Info.ByteCount - within, destination.Length);
            tensors[i]?.At(within, length).CopyTo(destination);
            offset += length;
            destination = destination[length..];
        }

        destination.Clear();
    }

    /// <summary>The hashes of the tensors, in the file's order.</summary>
    public IEnumerable<ContentHash> Hashes()
    {
        var hash = new XxHash128();
        for (var i = 0; i < tensors.Length; i++)
        {
            var length = layout.Tensors[i].Info.ByteCount;
            for (var done = 0L; done < length; done += PieceLength)
                hash.Append(tensors[i]!.At(done, (int)Math.Min(length - done, PieceLength)));
            yield return ContentHash.Of(hash);
            hash.Reset();
        }
    }

    public void Dispose()
    {
        foreach (var bytes in tensors)
            bytes?.Dispose();
    }

    private int FirstEndingAfter(long offset)
    {
        var (low, high) = (0, tensors.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (layout.Offsets[middle] + layout.Tensors[middle].Info.ByteCount > offset)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }
}
