using Cairn;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace TrainingZoo;

/// <summary>Every micro-batch is a step of the run, and every fourth one lets the optimizer go: the gradients live across the boundaries in between.</summary>
internal static class Accumulation
{
    public static int Train(string checkpoints, string output)
    {
        using var run = TrainingRun.Open(checkpoints, new() { Save = SaveSchedule.EverySteps(3) });

        set_num_threads(1);
        random.manual_seed(1);
        var model = nn.Sequential(("in", nn.Linear(16, 16)), ("tanh", nn.Tanh()), ("out", nn.Linear(16, 1)));
        var optimizer = optim.SGD(model.parameters(), learningRate: 0.05, momentum: 0.9);
        run.Track("model", model);
        run.Track("optimizer", optimizer);
        run.TrackRandomState();
        var losses = new Losses(run);

        foreach (var step in run.Steps(70))
        {
            using var scope = NewDisposeScope();
            var input = randn(8, 16);
            var loss = mse_loss(model.forward(input), input.sum(1, keepdim: true).tanh()) / 4;
            loss.backward();
            if (step % 4 == 3)
            {
                optimizer.step();
                optimizer.zero_grad();
            }

            losses.Add(step, loss.item<float>());
        }

        return run.Finish(() =>
        {
            model.save(Path.Combine(output, "model.dat"));
            losses.Save(output);
        });
    }
}
