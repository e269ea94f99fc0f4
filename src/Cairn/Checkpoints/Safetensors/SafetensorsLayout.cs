using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using Cairn.Checkpoints.Records;

namespace Cairn.Checkpoints.Safetensors;

/// <summary>Where everything is in a payload file that is to be written: the finished header, and each tensor's offset.</summary>
/// <remarks>
/// A payload file is plain safetensors: eight bytes with the header's length, the header in JSON, the tensors without gaps.
/// The header is padded with spaces so that the data begins at a multiple of 4096. The larger elements come first, so
/// every tensor lies at a multiple of its element size, whatever the sizes of those before it. The header depends on
/// names, types and shapes alone: a file whose tensors did not change is the same in every byte at the next save.
/// </remarks>
internal sealed class SafetensorsLayout
{
    /// <summary>The data begins at a multiple of this: the block size that direct I/O wants.</summary>
    public const int Alignment = 4096;

    /// <summary>The key that the format keeps for itself; no tensor may have this name.</summary>
    public const string MetadataKey = "__metadata__";

    private const int LargestElement = 16;

    private readonly Form form;

    private SafetensorsLayout(Form form, ImmutableArray<PartTensor> tensors)
    {
        this.form = form;
        Tensors = tensors;
    }

    /// <summary>All bytes before the data, padding included.</summary>
    public byte[] Header => form.Header;

    /// <summary>The hash of these.</summary>
    public ContentHash HeaderHash => form.HeaderHash;

    /// <summary>The tensors in the order in which they lie in the file.</summary>
    public ImmutableArray<PartTensor> Tensors { get; }

    /// <summary>The offset of each tensor's first byte, from the file's beginning.</summary>
    public ImmutableArray<long> Offsets => form.Offsets;

    /// <summary>The size of the whole file in bytes.</summary>
    public long FileSize => form.FileSize;

    /// <summary>What the layout has of names, types and shapes alone; it holds no tensor.</summary>
    public Form FormAlone => form;

    /// <summary>Plans the file as an earlier one; null where names, types and shapes are not the same in the same order.</summary>
    public static SafetensorsLayout? TryFor(IReadOnlyList<PartTensor> tensors, Form? earlier) =>
        earlier?.TryOrder(tensors) is { } same ? new SafetensorsLayout(earlier, same) : null;

    /// <summary>Plans the file for some tensors, whose names are unique.</summary>
    public static SafetensorsLayout For(IReadOnlyList<PartTensor> tensors)
    {
        // Larger elements first; tensors of one element size stay in the order that the part gave.
        var order = new int[tensors.Count];
        var next = 0;
        for (var size = LargestElement; size > 0; size /= 2)
        {
            for (var i = 0; i < tensors.Count; i++)
            {
                if (tensors[i].Info.ElementSize == size)
                    order[next++] = i;
            }
        }

        var ordered = Ordered(tensors, order);
        var ends = Ends(ordered);
        var header = BuildHeader(ordered, ends);
        var offsets = new long[ends.Length];
        for (var i = 0; i < offsets.Length; i++)
            offsets[i] = header.Length + ends[i] - ordered[i].Info.ByteCount;
        var infos = new TensorInfo[ordered.Length];
        for (var i = 0; i < infos.Length; i++)
            infos[i] = ordered[i].Info;
        var made = new Form(order, infos, header, ContentHash.Of(header), ImmutableCollectionsMarshal.AsImmutableArray(offsets), header.Length + (ends.Length == 0 ? 0 : ends[^1]));
        return new SafetensorsLayout(made, ordered);
    }

    private static ImmutableArray<PartTensor> Ordered(IReadOnlyList<PartTensor> tensors, int[] order)
    {
        var ordered = new PartTensor[order.Length];
        for (var i = 0; i < ordered.Length; i++)
            ordered[i] = tensors[order[i]];
        return ImmutableCollectionsMarshal.AsImmutableArray(ordered);
    }

    private static long[] Ends(ImmutableArray<PartTensor> tensors)
    {
        var ends = new long[tensors.Length];
        var end = 0L;
        for (var i = 0; i < ends.Length; i++)
            ends[i] = end = checked(end + tensors[i].Info.ByteCount);
        return ends;
    }

    private static byte[] BuildHeader(ImmutableArray<PartTensor> tensors, long[] ends)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();

            // Some readers refuse a file that does not say for which framework it is; "pt" is what they expect of a torch model.
            writer.WriteStartObject(MetadataKey);
            writer.WriteString("format", "pt");
            writer.WriteEndObject();
            for (var i = 0; i < tensors.Length; i++)
                WriteTensor(writer, SafetensorsTypes.Stored(tensors[i].Info), ends[i]);
            writer.WriteEndObject();
        }

        if (json.WrittenCount > SafetensorsHeader.MaximumLength - Alignment)
            throw new ArgumentException($"the names of {tensors.Length} tensors need {json.WrittenCount} bytes, safetensors allows {SafetensorsHeader.MaximumLength}: use more parts", nameof(tensors));
        var used = sizeof(ulong) + json.WrittenCount;
        var header = new byte[(used + Alignment - 1) / Alignment * Alignment];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)(header.Length - sizeof(ulong)));
        json.WrittenSpan.CopyTo(header.AsSpan(sizeof(ulong)));
        header.AsSpan(used).Fill((byte)' ');
        return header;
    }

    private static void WriteTensor(Utf8JsonWriter writer, TensorInfo tensor, long end)
    {
        writer.WriteStartObject(tensor.Name);
        writer.WriteString("dtype", SafetensorsTypes.NameOf(tensor.DType));
        writer.WriteStartArray("shape");
        foreach (var size in tensor.Shape)
            writer.WriteNumberValue(size);
        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(end - tensor.ByteCount);
        writer.WriteNumberValue(end);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>What a layout has of names, types and shapes alone, so that it serves save after save.</summary>
    internal sealed record Form(int[] Order, TensorInfo[] Infos, byte[] Header, ContentHash HeaderHash, ImmutableArray<long> Offsets, long FileSize)
    {
        /// <summary>The tensors in the file's order, if it is still theirs; else null.</summary>
        public ImmutableArray<PartTensor>? TryOrder(IReadOnlyList<PartTensor> tensors)
        {
            if (tensors.Count != Order.Length)
                return null;
            for (var i = 0; i < Order.Length; i++)
            {
                if (!Infos[i].Equals(tensors[Order[i]].Info))
                    return null;
            }

            return Ordered(tensors, Order);
        }
    }
}
