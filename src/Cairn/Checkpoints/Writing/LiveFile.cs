using System.Collections.Immutable;
using Cairn.Checkpoints.Safetensors;

namespace Cairn.Checkpoints.Writing;

/// <summary>A payload file as it would be written now, read out of the live tensors: header, tensors, and zeros behind the end.</summary>
internal sealed class LiveFile : IDisposable
{
    private readonly SafetensorsLayout layout;
    private readonly ImmutableArray<PinnedBytes?> pinned;

    /// <summary>Keeps in their place the tensors that tell where it is.</summary>
    public LiveFile(SafetensorsLayout layout)
    {
        this.layout = layout;
        var bytes = new List<PinnedBytes?>(layout.Tensors.Length);
        try
        {
            foreach (var tensor in layout.Tensors)
            {
                bytes.Add(tensor.PinWhole());
                IsForAnyThread &= bytes[^1] is not null || tensor.Info.ByteCount == 0;
            }

            pinned = [.. bytes];
        }
        catch
        {
            bytes.ForEach(one => one?.Dispose());
            throw;
        }
    }

    /// <summary>Whether several threads may read it at once. Where a tensor must be asked for its bytes, on a device say, only the program's own thread may.</summary>
    public bool IsForAnyThread { get; } = true;

    /// <summary>Copies bytes of the file; zeros beyond its end.</summary>
    /// <param name="offset">The first byte, counted from the file's beginning; a whole element's.</param>
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

        for (var i = FirstEndingAfter(offset); i < pinned.Length && destination.Length > 0; i++)
        {
            var within = offset - layout.Offsets[i];
            var length = (int)Math.Min(layout.Tensors[i].Info.ByteCount - within, destination.Length);
            if (pinned[i] is { } bytes)
                bytes.At(within, length).CopyTo(destination);
            else if (length > 0)
                layout.Tensors[i].CopyTo(within, destination[..length]);
            offset += length;
            destination = destination[length..];
        }

        destination.Clear();
    }

    public void Dispose()
    {
        foreach (var bytes in pinned)
            bytes?.Dispose();
    }

    private int FirstEndingAfter(long offset)
    {
        var (low, high) = (0, pinned.Length);
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
