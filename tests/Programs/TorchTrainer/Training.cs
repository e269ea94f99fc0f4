using Cairn;
using Cairn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;
using static TorchSharp.torch.optim;
using static TorchSharp.torch.optim.lr_scheduler;

namespace TorchTrainer;

/// <summary>One training with everything that has a state.</summary>
internal sealed class Training
{
    public const int BatchSize = 5;
    public const int Epochs = 4;

    /// <param name="setup">What to train with.</param>
    /// <param name="seed">What the first weights depend on; a training that goes on may have begun with any.</param>
    public Training(Setup setup, long seed)
    {
        manual_seed(seed);
        Model = new SmallModel();
        Optimizer = setup.Optimizer(Model);
        Scheduler = setup.Scheduler?.Invoke(Optimizer);
        Loader = new(new SampleOrder(Samples.Count, BatchSize, seed: 7), indices => (Samples.Inputs[tensor(indices)], Samples.Targets[tensor(indices)]));
    }

    public SmallModel Model { get; }

    public Optimizer Optimizer { get; }

    public LRScheduler? Scheduler { get; }

    public ResumableLoader<(Tensor Inputs, Tensor Targets)> Loader { get; }

    /// <summary>The parts under their names; the scheduler before the optimizer, to show that the order does not matter.</summary>
    public Dictionary<string, ICheckpointPart> Parts()
    {
        var parts = new Dictionary<string, ICheckpointPart>(StringComparer.Ordinal)
        {
            ["random"] = new RandomStatePart(),
            ["model"] = new ModulePart(Model),
        };
        if (Scheduler is not null)
            parts["scheduler"] = new SchedulerPart(Scheduler);
        parts["optimizer"] = new OptimizerPart(Optimizer);
        parts["data"] = Loader;
        return parts;
    }

    public void Step(Batch<(Tensor Inputs, Tensor Targets)> batch)
    {
        using var scope = NewDisposeScope();
        Model.train();
        var loss = mse_loss(Model.forward(batch.Data.Inputs, batch.Step % 3 == 1), batch.Data.Targets);
        Optimizer.zero_grad();
        loss.backward();
        Optimizer.step();
        if (Scheduler is impl.ReduceLROnPlateau plateau)
        {
            if (batch.EndsEpoch)
                plateau.step(loss.item<float>());
        }
        else
        {
            Scheduler?.step();
        }
    }
}
