using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;
using static TorchSharp.torch.optim.lr_scheduler;

namespace TorchTrainer;

/// <summary>An optimizer and a scheduler to train with, by name.</summary>
internal sealed record Setup(string Name, Func<SmallModel, Optimizer> Optimizer, Func<Optimizer, LRScheduler>? Scheduler = null)
{
    public static IReadOnlyList<Setup> All { get; } =
    [
        new("sgd", model => SGD(model.Trainable, 0.05)),
        new("sgd-momentum", model => SGD(model.Trainable, 0.05, momentum: 0.9, weight_decay: 0.01)),
        new("sgd-nesterov", model => SGD(model.Trainable, 0.05, momentum: 0.9, nesterov: true)),
        new("sgd-groups", Groups),
        new("adam", model => Adam(model.Trainable, 0.01)),
        new("adam-amsgrad", model => Adam(model.Trainable, 0.01, amsgrad: true, weight_decay: 0.01)),
        new("adamw", model => AdamW(model.Trainable, 0.01)),
        new("adamw-amsgrad", model => AdamW(model.Trainable, 0.01, amsgrad: true)),
        new("rmsprop", model => RMSProp(model.Trainable, 0.01)),
        new("rmsprop-centered-momentum", model => RMSProp(model.Trainable, 0.01, momentum: 0.9, centered: true)),
        new("adagrad", model => Adagrad(model.Trainable, 0.05, lr_decay: 0.01)),
        new("adadelta", model => Adadelta(model.Trainable, 0.5)),
        new("adamax", model => Adamax(model.Trainable, 0.01)),
        new("nadam", model => NAdam(model.Trainable, 0.01)),
        new("radam", model => RAdam(model.Trainable, 0.01)),
        new("asgd", model => ASGD(model.Trainable, 0.05, t0: 4)),
        new("rprop", model => Rprop(model.Trainable, 0.01)),

        new("step", Plain, optimizer => StepLR(optimizer, 3, 0.7)),
        new("multi-step", Plain, optimizer => MultiStepLR(optimizer, [2, 7, 11], 0.6)),
        new("exponential", Plain, optimizer => ExponentialLR(optimizer, 0.95)),
        new("constant", Plain, optimizer => ConstantLR(optimizer, 0.3, 6)),
        new("linear", Plain, optimizer => LinearLR(optimizer, 0.2, 0.9, 9)),
        new("polynomial", Plain, optimizer => PolynomialLR(optimizer, 30, 2)),
        new("cosine", Plain, optimizer => CosineAnnealingLR(optimizer, 7, 0.001)),
        new("one-cycle-momentum", model => SGD(model.Trainable, 0.05, momentum: 0.9), optimizer => OneCycleLR(optimizer, 0.1, total_steps: 40)),
        new("one-cycle-beta1", model => Adam(model.Trainable, 0.01), optimizer => OneCycleLR(optimizer, 0.05, total_steps: 40)),
        new("cyclic", model => SGD(model.Trainable, 0.05, momentum: 0.9), optimizer => CyclicLR(optimizer, 0.01, 0.1, step_size_up: 4)),
        new("lambda", Plain, optimizer => LambdaLR(optimizer, epoch => Math.Pow(0.9, epoch))),
        new("multiplicative", Plain, optimizer => MultiplicativeLR(optimizer, _ => 0.97)),
        new("sequential-2", Plain, optimizer => SequentialLR(optimizer, [ConstantLR(optimizer, 0.1, 4), ExponentialLR(optimizer, 0.9)], [5])),
        new("sequential-3", Plain, optimizer => SequentialLR(optimizer, [LinearLR(optimizer, 0.1, 1, 4), StepLR(optimizer, 2, 0.8), ExponentialLR(optimizer, 0.9)], [4, 9])),
        new("plateau", Plain, optimizer => ReduceLROnPlateau(optimizer, factor: 0.5, patience: 0, threshold: 0.3)),
        new("chained", Plain, optimizer => new impl.ChainedLR(new[] { ConstantLR(optimizer, 0.5, 4), ExponentialLR(optimizer, 0.95) })),
        new("scheduler-groups", Groups, optimizer => StepLR(optimizer, 2, 0.8)),
    ];

    public static Setup Named(string name) =>
        All.FirstOrDefault(setup => setup.Name == name) ?? throw new ArgumentException($"there is no set-up {name}", nameof(name));

    private static SGD Plain(SmallModel model) => SGD(model.Trainable, 0.1, momentum: 0.5);

    private static SGD Groups(SmallModel model)
    {
        Parameter[] all = [.. model.Trainable];
        return SGD([new SGD.ParamGroup(all[..2], 0.1), new SGD.ParamGroup(all[2..], 0.03, momentum: 0.8)], 0.05);
    }
}
