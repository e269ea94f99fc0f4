using Cairn.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cairn;

/// <summary>A module's parameters and persistent buffers, under their names in <c>state_dict()</c>, put back in place.</summary>
/// <remarks>
/// Parameters without gradient are guessed to be frozen, so that they lie in a file of their own from the first save on. A parameter that the module
/// has under two names (tied weights) is saved once, under the first, as <c>state_dict()</c> has it.
/// Gradients are no part of a module's state: a step ends after the optimizer's.
/// </remarks>
public sealed class ModulePart : ICheckpointPart
{
    private readonly nn.Module module;

    /// <summary>Makes a part of a module.</summary>
    /// <exception cref="UntrackableStateException">It holds a quantized, sparse or meta tensor.</exception>
    public ModulePart(nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        this.module = module;
        Tensors();
    }

    /// <inheritdoc/>
    public PartState Describe() => new() { Tensors = Tensors(), Conditions = TorchConditions.Of(module.state_dict().Values) };

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        return saved.DifferencesFrom(Tensors().Select(tensor => tensor.Info));
    }

    /// <inheritdoc/>
    public void Restore(PartReader saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        saved.Read(Tensors());
    }

    /// <summary>The tensors that it has now: <c>module.to()</c> replaces them.</summary>
    internal PartTensor[] Tensors() =>
        [.. module.state_dict().Select(entry => new LiveTensor(entry.Key, entry.Value)
        {
            Frozen = entry.Value is Parameter { requires_grad: false },
            ChangesOnlyInOptimizerStep = entry.Value is Parameter,
            OfFirstRank = entry.Value is not Parameter,
        })];
}
