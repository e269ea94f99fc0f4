using Cairn.Checkpoints;

namespace Cairn.Native;

/// <summary>A tensor that only functions of the host's can reach: on a device, say.</summary>
internal sealed unsafe class HostSource : PartTensor
{
    private readonly HostDevice device;

    public HostSource(TensorInfo info, NativeSource* source)
        : base(info)
    {
        if (source->Device is null || source->Device->Copy is null)
            throw new ArgumentException($"tensor {info}: the device, or the function that copies from it, is NULL");
        Tensor = source->Tensor;
        device = new HostDevice(source->Device);
    }

    /// <summary>How the host calls it.</summary>
    public void* Tensor { get; }

    internal override Device Device => device;

    public override void CopyTo(long offset, Span<byte> destination)
    {
        if (destination.IsEmpty)
            return;
        fixed (byte* to = destination)
            device.Begin([new DeviceCopy(this, offset, (nint)to, destination.Length)])();
    }

    public override void CopyFrom(long offset, ReadOnlySpan<byte> source) =>
        throw new ArgumentException($"tensor {Info} lies on a device, and nothing can be read into it: give memory");
}
