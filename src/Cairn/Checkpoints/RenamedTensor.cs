namespace Cairn.Checkpoints;

/// <summary>A tensor that has another name in the checkpoint than in the program.</summary>
internal sealed class RenamedTensor(TensorInfo saved, PartTensor target) : PartTensor(saved)
{
    public override PinnedBytes? Pin() => target.Pin();

    public override void CopyTo(long offset, Span<byte> destination) => target.CopyTo(offset, destination);

    public override void CopyFrom(long offset, ReadOnlySpan<byte> source) => target.CopyFrom(offset, source);
}
