using Cairn.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cairn.TorchSharp;

/// <summary>An optimizer: what it keeps for each parameter, and the options of its groups (learning rate, momentum, ...).</summary>
/// <remarks>
/// Names are those of PyTorch's <c>optimizer.state_dict()</c>: the tensor <c>state.3.exp_avg</c> belongs to the parameter with
/// index 3, counted over all groups; the value <c>param_groups.0.lr</c> to the first group. The options in the checkpoint win over
/// those in the program, for the training may have changed them.
/// Of the gradients only this is kept: which parameters have one. The step after a restore begins with gradients of zero there,
/// as it does after <c>zero_grad()</c>. To sum gradients over small batches, cut a step's batch into these within the step: a sum
/// that reaches over several steps would lose what it has when the job is cut.
/// </remarks>
public sealed class OptimizerPart : ICheckpointPart
{
    private readonly OptimizerHelper optimizer;
    private readonly OptimizerLayout layout;

    /// <summary>Makes a part of an optimizer.</summary>
    /// <exception cref="UntrackableStateException">
    /// LBFGS, an optimizer that Cairn does not know, or one whose parameters were replaced (by <c>module.to()</c>) after it was made.
    /// </exception>
    public OptimizerPart(optim.Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        layout = OptimizerLayout.Of(optimizer);
        this.optimizer = (OptimizerHelper)optimizer;
        Look();
    }

    /// <inheritdoc/>
    public PartState Describe()
    {
        var contents = Look();
        return new() { Tensors = [.. contents.Tensors()], Values = contents.Values(), Conditions = TorchConditions.Current() };
    }

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        return OptimizerDifferences.Find(saved, Look());
    }

    /// <inheritdoc/>
    public void Restore(PartReader saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        using var untracked = no_grad();
        var contents = Look();
        var names = saved.Record.Tensors.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var parameter in contents.Parameters)
        {
            foreach (var member in layout.Tensors)
                Prepare(parameter, member, names.Contains(parameter.NameOf(member)));
            RestoreGradient(parameter.Parameter, saved.Record.Values[parameter.GradientName] is PartValue.Flag { Value: true });
        }

        foreach (var (name, member, owner) in contents.Scalars())
            member.Set(owner, PlainValue.Load(saved.Record.Values[name], member.Type));

        saved.Read([.. contents.Tensors()]);
    }

    /// <summary>Makes room for a saved tensor, or takes away one that the saved run did not have.</summary>
    private static void Prepare(OptimizerParameter parameter, StateMember member, bool isSaved)
    {
        var tensor = parameter.TensorOf(member);
        if (isSaved && tensor is null)
        {
            // It belongs to the optimizer: a dispose scope of the caller's must not end its life.
            member.Set(parameter.State, zeros_like(parameter.Parameter).DetachFromDisposeScope());
        }
        else if (!isSaved && tensor is not null)
        {
            member.Set(parameter.State, null);
            tensor.Dispose();
        }
    }

    // An optimizer passes over a parameter without a gradient, but not over one whose gradient is zero: momentum goes on.
    private static void RestoreGradient(Parameter parameter, bool has)
    {
        using var gradient = parameter.grad;
        if (has)
        {
            using var zeros = gradient is null ? zeros_like(parameter) : gradient.zero_();
            parameter.grad = zeros;
        }
        else if (gradient is not null)
        {
            parameter.grad = null;
        }
    }

    private OptimizerContents Look() => OptimizerContents.Of(optimizer, layout);
}
