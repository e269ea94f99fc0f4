using Cairn;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace TrainingZoo;

/// <summary>
/// An image classifier: a mean of the weights over time, clipped gradients, each step from two micro-batches, a validation after
/// every epoch, the best checkpoint kept, and an end as soon as it gets no better.
/// </summary>
internal static class Classifier
{
    private const int Images = 64;
    private const int Patience = 3;

    public static int Train(string checkpoints, string output)
    {
        using var run = TrainingRun.Open(checkpoints, new()
        {
            Save = SaveSchedule.EverySteps(5),
            Keep = Retention.Any(Retention.KeepBest("validation", 1), Retention.KeepLast(2)),
        });

        set_num_threads(1);
        random.manual_seed(1);
        var inputs = rand(Images, 1, 8, 8);
        var labels = (inputs.narrow(2, 0, 4).mean([1, 2, 3]) > inputs.narrow(2, 4, 4).mean([1, 2, 3])).to(int64);
        var (model, ema) = (MakeModel(), MakeModel());
        ema.load_state_dict(model.state_dict());
        var optimizer = optim.AdamW(model.parameters(), lr: 3e-3);
        var scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max: 12);
        var loader = new ResumableLoader<(Tensor Images, Tensor Labels)>(
            new SampleOrder(Images - 16, globalBatch: 8, seed: 3), indices => (inputs[tensor(indices)], labels[tensor(indices)]));
        var best = double.PositiveInfinity;
        var epochsSince = 0L;
        run.Track("model", model);
        run.Track("ema", ema);
        run.Track("optimizer", optimizer);
        run.Track("scheduler", scheduler);
        run.Track("data", loader);
        run.Track("best", () => best, value => best = value);
        run.Track("epochs-since", () => epochsSince, value => epochsSince = value);
        run.TrackRandomState();
        var losses = new Losses(run);

        foreach (var batch in run.Batches(loader, epochs: 12))
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var sum = 0.0;
            for (var half = 0; half < 2; half++)
            {
                var loss = cross_entropy(model.forward(batch.Data.Images.narrow(0, 4 * half, 4)), batch.Data.Labels.narrow(0, 4 * half, 4)) / 2;
                loss.backward();
                sum += loss.item<float>();
            }

            nn.utils.clip_grad_norm_(model.parameters(), 0.5);
            optimizer.step();
            Average(ema, model);
            losses.Add(batch.Step, sum);
            if (!batch.EndsEpoch)
                continue;

            scheduler.step();
            var validation = Validate(ema, inputs.narrow(0, Images - 16, 16), labels.narrow(0, Images - 16, 16));
            run.Report("validation", validation);
            epochsSince = validation < best ? 0 : epochsSince + 1;
            best = Math.Min(best, validation);
            if (epochsSince >= Patience)
                run.Complete();
        }

        return run.Finish(() =>
        {
            model.save(Path.Combine(output, "model.dat"));
            ema.save(Path.Combine(output, "ema.dat"));
            losses.Save(output);
        });
    }

    private static TorchSharp.Modules.Sequential MakeModel() => nn.Sequential(
        ("conv", nn.Conv2d(1, 4, 3)), ("norm", nn.BatchNorm2d(4)), ("relu", nn.ReLU()), ("flat", nn.Flatten()), ("drop", nn.Dropout(0.2)), ("out", nn.Linear(4 * 36, 2)));

    private static void Average(nn.Module ema, nn.Module model)
    {
        using var without = no_grad();
        foreach (var (mean, now) in ema.parameters().Zip(model.parameters()))
            mean.mul_(0.9).add_(now, alpha: 0.1);
    }

    private static double Validate(TorchSharp.Modules.Sequential ema, Tensor inputs, Tensor labels)
    {
        using var without = no_grad();
        ema.eval();
        var loss = cross_entropy(ema.forward(inputs), labels).item<float>();
        ema.train();
        return loss;
    }
}
