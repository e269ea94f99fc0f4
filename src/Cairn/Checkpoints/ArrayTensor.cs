using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cairn.Checkpoints;

/// <summary>A tensor over a managed array of any number of dimensions.</summary>
internal sealed class ArrayTensor<T> : PartTensor
    where T : unmanaged
{
    private readonly Array data;

    public ArrayTensor(TensorInfo info, Array data)
        : base(info)
    {
        if (info.ByteCount != data.LongLength * Unsafe.SizeOf<T>())
            throw new ArgumentException($"tensor {info} needs {info.ByteCount} bytes, the array has {data.LongLength * Unsafe.SizeOf<T>()}", nameof(data));
        this.data = data;
    }

    public override PinnedBytes? Pin()
    {
        if (data.Length == 0)
            return null;
        var handle = GCHandle.Alloc(data, GCHandleType.Pinned);
        return new PinnedBytes(handle.AddrOfPinnedObject(), Info.ByteCount, handle.Free);
    }

    public override void CopyTo(long offset, Span<byte> destination) => Bytes(offset, destination.Length).CopyTo(destination);

    public override void CopyFrom(long offset, ReadOnlySpan<byte> source) => source.CopyTo(Bytes(offset, source.Length));

    // The byte length of a large array does not fit a span's length, so a span is made of these bytes alone.
    private Span<byte> Bytes(long offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Info.ByteCount - offset);
        return MemoryMarshal.CreateSpan(ref Unsafe.AddByteOffset(ref MemoryMarshal.GetArrayDataReference(data), (nint)offset), count);
    }
}
