using Cairn;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace DataParallel;

/// <summary>
/// The training of one rank. It may be stopped at any time and go on with another number of ranks: the final weights are the same to the last bit
/// as those of one rank that nobody stopped.
/// </summary>
internal static class Training
{
    private const int GlobalBatch = 96; // on all ranks together
    private const int MicroBatches = 24; // any number of ranks that divides this computes, and adds up, the very same numbers

    public static int Run(Settings settings)
    {
        using var run = TrainingRun.Open(options: new() { Save = SaveSchedule.EverySteps(100) });
        if (MicroBatches % run.WorldSize != 0)
            throw new ExchangeException($"{run.WorldSize} ranks cannot share {MicroBatches} micro-batches evenly: take 1, 2, 3, 4, 6, 8, 12 or 24");

        set_num_threads(1); // the ranks are what works in parallel; and sums must not depend on the number of cores
        random.manual_seed(1); // the same on every rank, so that all begin with the same weights
        using var model = nn.Sequential(nn.Linear(2, 48), nn.Tanh(), nn.Linear(48, 48), nn.Tanh(), nn.Linear(48, 2));
        using var optimizer = optim.AdamW(model.parameters(), lr: 5e-3);
        var order = new SampleOrder(Spirals.Count, GlobalBatch, seed: 1, dropLast: true, rank: run.Rank, worldSize: run.WorldSize);
        var loader = new ResumableLoader<Spirals[]>(order, indices => [.. indices.Chunk(GlobalBatch / MicroBatches).Select(Spirals.At)]);
        run.Track("model", model);
        run.Track("optimizer", optimizer);
        run.TrackRandomState();

        var gradients = new GradientRows(model, MicroBatches, run.Rank, run.WorldSize);
        using var exchange = Exchange.Open(settings.Exchange, run, gradients.All.Length, settings.Patience);
        foreach (var batch in run.Batches(loader, settings.Epochs))
        {
            using var scope = NewDisposeScope();
            foreach (var (index, samples) in batch.Data.Index())
            {
                var loss = cross_entropy(model.forward(samples.Points), samples.Arms, reduction: nn.Reduction.Sum);
                loss.backward();
                gradients.Take(index, loss);
            }

            exchange.Gather(gradients.All, batch.Step);
            var mean = gradients.Average(batch.GlobalSamples);
            optimizer.step();
            optimizer.zero_grad();
            run.Report("loss", mean);
            if (batch.EndsEpoch && run.Rank == 0)
                Console.WriteLine($"epoch {batch.Epoch + 1}: loss {mean:0.0000}");
            Thread.Sleep(settings.StepDelay);
            if (batch.Step + 1 == settings.StopAfter)
                run.RequestStop("--stop-after");
        }

        exchange.Leave();
        return run.Finish(() =>
        {
            model.save(settings.Output);
            Console.WriteLine($"{Spirals.Accuracy(model):0.000} of the points are told apart after {run.StepsDone} steps; the weights are in {settings.Output}");
        });
    }
}
