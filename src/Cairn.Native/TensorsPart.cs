using Cairn.Checkpoints;

namespace Cairn.Native;

/// <summary>A part that is nothing but tensors which stay where they are.</summary>
internal sealed class TensorsPart(PartTensor[] tensors) : ICheckpointPart
{
    public PartState Describe() => new() { Tensors = tensors };

    public IEnumerable<string> FindDifferences(PartRecord saved) => saved.DifferencesFrom(tensors.Select(tensor => tensor.Info));

    public void Restore(PartReader saved) => saved.Read(tensors);
}
