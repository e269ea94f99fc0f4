using Cairn.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cairn;

/// <summary>One parameter as an optimizer sees it.</summary>
/// <param name="Index">Counted over all groups, as in a state_dict of PyTorch's.</param>
/// <param name="Group">The group that it is in.</param>
/// <param name="Parameter">The parameter itself.</param>
/// <param name="State">What the optimizer keeps for it.</param>
internal sealed record OptimizerParameter(int Index, int Group, Parameter Parameter, OptimizerState State)
{
    public string Form => LiveTensor.Describe($"parameter {Index}", Parameter).Form;

    public string HasGradientName => $"state.{Index}.has_grad";

    public string GradientName => $"state.{Index}.grad";

    /// <summary>Whether a gradient is there, whatever its numbers: an optimizer passes over a parameter without one.</summary>
    public bool HasGradient
    {
        get
        {
            using var gradient = Parameter.grad;
            return gradient is not null;
        }
    }

    /// <summary>The gradient, if there is one that can be saved as bytes.</summary>
    public PartTensor? Gradient
    {
        get
        {
            using var gradient = Parameter.grad;
            return gradient is { is_sparse: false } ? new GradientTensor(LiveTensor.Describe(GradientName, gradient), Parameter) : null;
        }
    }

    public string NameOf(StateMember member) => $"state.{Index}.{member.Name}";

    public Tensor? TensorOf(StateMember member) => (Tensor?)member.Get(State);
}
