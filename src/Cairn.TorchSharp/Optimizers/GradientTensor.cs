using Cairn.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cairn;

/// <summary>A parameter's gradient as a part's tensor. Each reading of <c>parameter.grad</c> makes an object of its own, which nobody else disposes of.</summary>
internal sealed class GradientTensor(TensorInfo info, Parameter parameter) : PartTensor(info)
{
    public override PinnedBytes? Pin()
    {
        using var gradient = Gradient();
        return new LiveTensor(Info.Name, gradient).Pin(); // which keeps the memory, whatever becomes of this object
    }

    public override void CopyTo(long offset, Span<byte> destination)
    {
        using var gradient = Gradient();
        new LiveTensor(Info.Name, gradient).CopyTo(offset, destination);
    }

    public override void CopyFrom(long offset, ReadOnlySpan<byte> source)
    {
        using var gradient = Gradient();
        new LiveTensor(Info.Name, gradient).CopyFrom(offset, source);
    }

    private Tensor Gradient() => parameter.grad ?? throw new InvalidOperationException($"{Info.Name} was set to null while the state was taken");
}
