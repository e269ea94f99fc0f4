using TorchSharp;
using static TorchSharp.torch;

namespace Cairn;

/// <summary>
/// Some consecutive elements of a tensor (in row-major order), reachable as bytes of host memory. Where the tensor itself is
/// contiguous host memory these are its own bytes; else they are a copy of little more than the piece.
/// </summary>
internal sealed class TensorPiece : IDisposable
{
    private readonly Tensor window;
    private readonly Tensor host;
    private readonly Tensor elements;

    private TensorPiece(Tensor window, Tensor host, Tensor elements) =>
        (this.window, this.host, this.elements) = (window, host, elements);

    /// <summary>The piece's bytes; valid until it is disposed.</summary>
    public Span<byte> Bytes => elements.bytes;

    public static TensorPiece Of(Tensor tensor, long first, long count)
    {
        // What is made on the way dies here; what the piece needs leaves every scope, the caller's too.
        using var scope = NewDisposeScope();
        // Detached: the same storage, but writing to it is nothing that autograd has to know.
        var data = tensor.detach();
        var (live, begin) = data.is_contiguous() ? (data.view(-1).narrow(0, first, count), 0) : Rows(data, first, count);
        var memory = live.device_type == DeviceType.CPU && live.is_contiguous() && !IsLazy(live) ? live : live.cpu().contiguous().resolve_conj().resolve_neg();
        // Narrowed before its bytes are asked for: a span ends at 2 GiB, a tensor does not.
        var piece = new TensorPiece(live, memory, memory.view(-1).narrow(0, begin, count));
        scope.Detach(new HashSet<IDisposable>(ReferenceEqualityComparer.Instance) { live, memory, piece.elements });
        return piece;
    }

    /// <summary>
    /// Whether a tensor's bytes are not its numbers: torch conjugates and negates (the imaginary part of a conjugated tensor) by a
    /// mark, and does the work when the numbers are read.
    /// </summary>
    public static bool IsLazy(Tensor tensor) => tensor.is_conj() || tensor.is_neg();

    /// <summary>Takes changed bytes over into the tensor.</summary>
    public void WriteBack()
    {
        if (ReferenceEquals(host, window))
            return;
        using var scope = NewDisposeScope();
        var (target, source) = (window, host);
        var strides = window.stride();
        // Along an expanded dimension all rows are one row of memory, and torch wants it written once.
        for (var dim = 0; dim < strides.Length; dim++)
        {
            if (strides[dim] == 0)
                (target, source) = (target.narrow(dim, 0, 1), source.narrow(dim, 0, 1));
        }

        target.copy_(source);
    }

    public void Dispose()
    {
        elements.Dispose();
        host.Dispose();
        window.Dispose();
    }

    /// <summary>The smallest run of rows, at any depth, that holds the elements; and where in it they begin.</summary>
    private static (Tensor Rows, long First) Rows(Tensor tensor, long first, long count)
    {
        while (true)
        {
            var rowLength = tensor.numel() / tensor.shape[0];
            var (top, bottom) = (first / rowLength, (first + count - 1) / rowLength);
            first -= top * rowLength;
            if (top < bottom || tensor.dim() == 1)
                return (tensor.narrow(0, top, bottom - top + 1), first);
            tensor = tensor[top];
        }
    }
}
