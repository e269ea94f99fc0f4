using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cairn;

/// <summary>What an optimizer of TorchSharp's keeps for each parameter and for each group of parameters.</summary>
internal sealed class OptimizerLayout
{
    private static readonly Type[] Known =
    [
        typeof(Adadelta), typeof(Adagrad), typeof(Adam), typeof(Adamax), typeof(AdamW), typeof(ASGD),
        typeof(NAdam), typeof(RAdam), typeof(RMSProp), typeof(Rprop), typeof(SGD),
    ];

    private OptimizerLayout(Type optimizer)
    {
        Kind = optimizer.Name;
        var state = StateMember.DeclaredBy(optimizer.GetNestedType("State")!);
        Tensors = [.. state.Where(member => member.Type == typeof(Tensor))];
        Scalars = [.. state.Except(Tensors)];
        Options =
        [
            StateMember.Of("lr", typeof(OptimizerOptions).GetProperty(nameof(OptimizerOptions.LearningRate))!),
            StateMember.Of("initial_lr", typeof(OptimizerOptions).GetProperty(nameof(OptimizerOptions.InitialLearningRate))!),
            .. StateMember.DeclaredBy(optimizer.GetNestedType("Options")!),
        ];
    }

    /// <summary>The optimizer's class, for example <c>Adam</c>.</summary>
    public string Kind { get; }

    /// <summary>Per parameter: tensors, null as long as the optimizer needs none.</summary>
    public IReadOnlyList<StateMember> Tensors { get; }

    /// <summary>Per parameter: counters and factors.</summary>
    public IReadOnlyList<StateMember> Scalars { get; }

    /// <summary>Per group: the learning rate and all other settings.</summary>
    public IReadOnlyList<StateMember> Options { get; }

    /// <exception cref="UntrackableStateException">Not one of the eleven optimizers whose whole state is known.</exception>
    public static OptimizerLayout Of(optim.Optimizer optimizer)
    {
        var type = optimizer.GetType();
        if (type == typeof(LBFGS))
            throw new UntrackableStateException("LBFGS can't be tracked: it runs in native code, which gives its history of gradients to nobody; a run that went on without it would not be the same run. Use another optimizer");
        if (!Known.Contains(type))
            throw new UntrackableStateException($"the optimizer {type.Name} is none that Cairn knows ({string.Join(", ", Known.Select(known => known.Name))}), so nobody can say what its state is; track it by a part of your own ({nameof(Checkpoints.ICheckpointPart)})");
        return new OptimizerLayout(type);
    }
}
