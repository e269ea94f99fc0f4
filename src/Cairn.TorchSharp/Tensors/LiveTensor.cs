using Cairn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Cairn;

/// <summary>A tensor of TorchSharp's as a part's tensor: any device, any strides, any size.</summary>
internal sealed class LiveTensor : PartTensor
{
    private readonly Tensor tensor;

    /// <exception cref="UntrackableStateException">The tensor's bytes are not all of it (quantized, sparse) or not there (meta).</exception>
    public LiveTensor(string name, Tensor tensor)
        : base(Describe(name, tensor)) => this.tensor = tensor;

    public static TensorInfo Describe(string name, Tensor tensor)
    {
        if (tensor.IsInvalid)
            throw new UntrackableStateException($"the tensor {name} was disposed; was it made inside a dispose scope that has ended?");
        if (tensor.is_sparse || tensor.is_meta || TorchDType.Find(tensor.dtype) is not { } type)
            throw new UntrackableStateException($"the tensor {name} ({tensor.dtype}{(tensor.is_sparse ? ", sparse" : tensor.is_meta ? ", meta" : "")}) can't be saved as plain bytes; convert it, or track it by a part of your own");
        return new TensorInfo(name, type, [.. tensor.shape]);
    }

    public override unsafe PinnedBytes? Pin()
    {
        if (Info.ByteCount == 0 || tensor.device_type != DeviceType.CPU || !tensor.is_contiguous() || TensorPiece.IsLazy(tensor))
            return null;

        // Its first element alone, since a span ends at 2 GiB and a tensor does not; it keeps the memory alive, whoever disposes of the tensor.
        var piece = TensorPiece.Of(tensor, 0, 1);
        fixed (byte* address = piece.Bytes) // native memory, which nothing moves
            return new PinnedBytes((nint)address, Info.ByteCount, piece.Dispose);
    }

    public override void CopyTo(long offset, Span<byte> destination)
    {
        if (destination.IsEmpty)
            return;
        using var piece = Piece(offset, destination.Length);
        piece.Bytes.CopyTo(destination);
    }

    public override void CopyFrom(long offset, ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty)
            return;
        using var piece = Piece(offset, source.Length);
        source.CopyTo(piece.Bytes);
        piece.WriteBack();
    }

    private TensorPiece Piece(long offset, int byteCount) =>
        TensorPiece.Of(tensor, offset / Info.ElementSize, byteCount / Info.ElementSize);
}
