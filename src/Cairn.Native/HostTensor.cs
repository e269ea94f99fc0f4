using System.Collections.Immutable;
using Cairn.Checkpoints;

namespace Cairn.Native;

/// <summary>A tensor in the host's memory.</summary>
internal sealed unsafe class HostTensor : PartTensor
{
    private readonly byte* data;

    private HostTensor(TensorInfo info, void* data)
        : base(info) => this.data = (byte*)data;

    /// <summary>Reads a table.</summary>
    /// <exception cref="ArgumentException">A tensor of it cannot be.</exception>
    public static PartTensor[] Read(NativeTensor* table, nuint count)
    {
        if (table is null && count > 0)
            throw new ArgumentException($"the table of {count} tensors is NULL");
        var tensors = new PartTensor[checked((int)count)];
        for (var i = 0; i < tensors.Length; i++)
            tensors[i] = Read(table[i], i);
        return tensors;
    }

    public override PinnedBytes? Pin() => Info.ByteCount == 0 ? null : new PinnedBytes((nint)data, Info.ByteCount);

    public override void CopyTo(long offset, Span<byte> destination) => Bytes(offset, destination.Length).CopyTo(destination);

    public override void CopyFrom(long offset, ReadOnlySpan<byte> source) => source.CopyTo(Bytes(offset, source.Length));

    private static PartTensor Read(in NativeTensor tensor, int number)
    {
        var name = Texts.Of(tensor.Name, $"the name of tensor {number}");
        if (!Enum.IsDefined((DType)tensor.DType))
            throw new ArgumentException($"tensor '{name}': there is no element type {tensor.DType}");
        if (tensor.Dimensions < 0 || (tensor.Shape is null && tensor.Dimensions > 0))
            throw new ArgumentException($"tensor '{name}': its shape is NULL, or has {tensor.Dimensions} dimensions");
        var info = new TensorInfo(name, (DType)tensor.DType, [.. new ReadOnlySpan<long>(tensor.Shape, tensor.Dimensions)]);
        foreach (var size in info.Shape)
        {
            if (size < 0)
                throw new ArgumentException($"tensor {info} has a negative size");
        }

        if (tensor.Data is null && info.ByteCount > 0)
            throw new ArgumentException($"tensor {info}: its memory is NULL");
        var flags = (NativeFlags)tensor.Flags;
        var (frozen, changesOnlyInOptimizerStep, ofFirstRank) =
            (flags.HasFlag(NativeFlags.Frozen), flags.HasFlag(NativeFlags.OptimizerStep), flags.HasFlag(NativeFlags.OfFirstRank));
        return flags.HasFlag(NativeFlags.OnDevice)
            ? new HostSource(info, (NativeSource*)tensor.Data) { Frozen = frozen, ChangesOnlyInOptimizerStep = changesOnlyInOptimizerStep, OfFirstRank = ofFirstRank }
            : new HostTensor(info, tensor.Data) { Frozen = frozen, ChangesOnlyInOptimizerStep = changesOnlyInOptimizerStep, OfFirstRank = ofFirstRank };
    }

    private Span<byte> Bytes(long offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Info.ByteCount - offset);
        return new Span<byte>(data + offset, count);
    }
}
