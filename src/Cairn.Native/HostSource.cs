using Cairn.Checkpoints;

namespace Cairn.Native;

/// <summary>A tensor that only a function of the host's can reach: on a device, say.</summary>
internal sealed unsafe class HostSource : PartTensor
{
    private readonly NativeSource* source;

    public HostSource(TensorInfo info, NativeSource* source)
        : base(info)
    {
        if (info.ByteCount > 0 && source->Copy is null)
            throw new ArgumentException($"tensor {info}: the function that gives its bytes is NULL");
        this.source = source;
    }

    public override void CopyTo(long offset, Span<byte> destination)
    {
        if (destination.IsEmpty)
            return;
        fixed (byte* to = destination)
        {
            if (source->Copy(source->Host, offset, to, destination.Length) != 0)
                throw new HostException($"tensor {Info}: {Errors.TakeHostsWords("the function that gives its bytes failed")}");
        }
    }

    public override void CopyFrom(long offset, ReadOnlySpan<byte> source) =>
        throw new ArgumentException($"tensor {Info} is one whose bytes a function gives, and nothing can be read into it: give memory");
}
