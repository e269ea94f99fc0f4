using Cairn.Checkpoints;

namespace Cairn.Tests.Checkpoints;

/// <summary>A tensor that does not tell where it is, as one on a device.</summary>
internal sealed class UnpinnedTensor(PartTensor tensor) : PartTensor(tensor.Info)
{
    public override void CopyTo(long offset, Span<byte> destination) => tensor.CopyTo(offset, destination);

    public override void CopyFrom(long offset, ReadOnlySpan<byte> source) => tensor.CopyFrom(offset, source);
}
