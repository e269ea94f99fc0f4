using Cairn;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ScenarioTrainer;

/// <summary>A tiny training in which every random number matters: dropout, AdamW, shuffled samples.</summary>
internal sealed class Regression
{
    private const int Samples = 48;
    private const int Features = 6;
    private readonly Sequential model;
    private readonly AdamW optimizer;
    private readonly Tensor inputs;
    private readonly Tensor targets;

    public Regression()
    {
        set_num_threads(1);
        manual_seed(7);
        inputs = (arange(Samples * Features, dtype: ScalarType.Float32).reshape(Samples, Features) * 0.37).sin();
        targets = inputs.sum(1, keepdim: true).tanh();
        model = nn.Sequential(nn.Linear(Features, 16), nn.Dropout(0.3), nn.Tanh(), nn.Linear(16, 1));
        optimizer = optim.AdamW(model.parameters(), 0.01);
        Loader = new(new SampleOrder(Samples, globalBatch: 6, seed: 7), indices => (inputs[tensor(indices)], targets[tensor(indices)]));
    }

    /// <summary>Eight batches an epoch.</summary>
    public ResumableLoader<(Tensor Inputs, Tensor Targets)> Loader { get; }

    public void TrackIn(TrainingRun run)
    {
        run.Track("model", model);
        run.Track("optimizer", optimizer);
        run.Track("data", Loader);
        run.TrackRandomState();
    }

    public void Step(Batch<(Tensor Inputs, Tensor Targets)> batch)
    {
        using var scope = NewDisposeScope();
        var loss = mse_loss(model.forward(batch.Data.Inputs), batch.Data.Targets);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
    }

    /// <summary>Writes the weights' bytes, and a number of the caller's.</summary>
    public void Write(string path, long checksum)
    {
        using var file = new BinaryWriter(File.Create(path));
        foreach (var parameter in model.parameters())
            file.Write(parameter.bytes);
        file.Write(checksum);
    }
}
