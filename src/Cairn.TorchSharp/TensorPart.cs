using Cairn.Checkpoints;
using static TorchSharp.torch;

namespace Cairn;

/// <summary>A tensor that belongs to no module, put back in place: a moving average, a replay buffer, a loss scale.</summary>
/// <remarks>It is the tensor that is tracked, not the variable: change it in place (<c>copy_</c>, <c>mul_</c>, ...).</remarks>
public sealed class TensorPart : ICheckpointPart
{
    private const string TensorName = "tensor";

    private readonly Tensor tensor;

    /// <summary>Makes a part of a tensor, which must outlive every dispose scope until the run is over.</summary>
    /// <exception cref="UntrackableStateException">A quantized, sparse or meta tensor, or one that was disposed.</exception>
    public TensorPart(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        this.tensor = tensor;
        Live();
    }

    /// <inheritdoc/>
    public PartState Describe() => new() { Tensors = [Live()], Conditions = TorchConditions.Of([tensor]) };

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        return saved.DifferencesFrom([Live().Info]);
    }

    /// <inheritdoc/>
    public void Restore(PartReader saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        saved.Read([Live()]);
    }

    private LiveTensor Live() => new(TensorName, tensor);
}
