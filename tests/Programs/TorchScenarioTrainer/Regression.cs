using Cairn;
using ScenarioTrainer;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace TorchScenarioTrainer;

/// <summary>A tiny training in which every random number matters: dropout, AdamW, shuffled samples.</summary>
internal sealed class Regression
{
    private const int Samples = 48;
    private const int Features = 6;
    private readonly Sequential model;
    private readonly AdamW optimizer;
    private readonly Tensor inputs;
    private readonly Tensor targets;

    private Regression()
    {
        set_num_threads(1);
        manual_seed(7);
        inputs = (arange(Samples * Features, dtype: ScalarType.Float32).reshape(Samples, Features) * 0.37).sin();
        targets = inputs.sum(1, keepdim: true).tanh();
        model = nn.Sequential(nn.Linear(Features, 16), nn.Dropout(0.3), nn.Tanh(), nn.Linear(16, 1));
        optimizer = optim.AdamW(model.parameters(), 0.01);
        Loader = new(new SampleOrder(Samples, globalBatch: 6, seed: 7), indices => (inputs[tensor(indices)], targets[tensor(indices)]));
    }

    private ResumableLoader<(Tensor Inputs, Tensor Targets)> Loader { get; }

    /// <summary>Trains for some epochs of eight batches.</summary>
    /// <returns>What writes the weights' bytes.</returns>
    public static Action<BinaryWriter> Train(TrainingRun run, long epochs, SlowStorage storage, Hold hold)
    {
        var regression = new Regression();
        run.Track("model", regression.model);
        run.Track("optimizer", regression.optimizer);
        run.Track("data", regression.Loader);
        run.TrackRandomState();
        run.Track("storage", storage);
        foreach (var batch in run.Batches(regression.Loader, epochs))
        {
            hold.At(batch.Step, run);
            regression.Step(batch);
            storage.Advance();
        }

        return regression.Write;
    }

    private void Step(Batch<(Tensor Inputs, Tensor Targets)> batch)
    {
        using var scope = NewDisposeScope();
        var loss = mse_loss(model.forward(batch.Data.Inputs), batch.Data.Targets);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
    }

    private void Write(BinaryWriter file)
    {
        foreach (var parameter in model.parameters())
            file.Write(parameter.bytes);
    }
}
