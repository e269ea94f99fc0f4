using Cairn;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace TrainingZoo;

/// <summary>Two models against each other, two optimizers, and saves that are copied while the next step computes: the gate stands before the first of the two optimizers.</summary>
internal static class Gan
{
    public static int Train(string checkpoints, string output)
    {
        using var run = TrainingRun.Open(checkpoints, new() { Save = SaveSchedule.EverySteps(2), SaveMode = SaveMode.Overlapped });

        set_num_threads(1);
        random.manual_seed(1);
        var generator = nn.Sequential(("in", nn.Linear(8, 32)), ("relu", nn.ReLU()), ("out", nn.Linear(32, 2)));
        var discriminator = nn.Sequential(("in", nn.Linear(2, 32)), ("leaky", nn.LeakyReLU(0.2)), ("drop", nn.Dropout(0.1)), ("out", nn.Linear(32, 1)));
        var generatorOptimizer = optim.Adam(generator.parameters(), lr: 1e-3, beta1: 0.5);
        var discriminatorOptimizer = optim.Adam(discriminator.parameters(), lr: 1e-3, beta1: 0.5);
        run.Track("generator", generator);
        run.Track("discriminator", discriminator);
        run.Track("generator-optimizer", generatorOptimizer);
        run.Track("discriminator-optimizer", discriminatorOptimizer);
        run.TrackRandomState();
        var losses = new Losses(run);

        foreach (var step in run.Steps(70))
        {
            using var scope = NewDisposeScope();
            var real = randn(16, 2) * 0.1 + 1;
            var fake = generator.forward(randn(16, 8));
            discriminatorOptimizer.zero_grad();
            var discriminatorLoss = binary_cross_entropy_with_logits(discriminator.forward(real), ones(16, 1))
                + binary_cross_entropy_with_logits(discriminator.forward(fake.detach()), zeros(16, 1));
            discriminatorLoss.backward();
            run.BeforeOptimizerStep();
            discriminatorOptimizer.step();

            generatorOptimizer.zero_grad();
            var generatorLoss = binary_cross_entropy_with_logits(discriminator.forward(fake), ones(16, 1));
            generatorLoss.backward();
            generatorOptimizer.step();
            discriminatorOptimizer.zero_grad(); // the generator's backward pass went through the discriminator
            losses.Add(step, discriminatorLoss.item<float>() + generatorLoss.item<float>());
        }

        return run.Finish(() =>
        {
            generator.save(Path.Combine(output, "generator.dat"));
            discriminator.save(Path.Combine(output, "discriminator.dat"));
            losses.Save(output);
        });
    }
}
