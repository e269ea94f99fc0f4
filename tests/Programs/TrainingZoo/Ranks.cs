using System.Globalization;
using Cairn;
using static TorchSharp.torch;

namespace TrainingZoo;

/// <summary>Several ranks, each with random numbers of its own (or all with the same), written down step by step.</summary>
internal static class Ranks
{
    public static int Train(string checkpoints, string output, bool sameSeed)
    {
        using var run = TrainingRun.Open(checkpoints, new() { Save = SaveSchedule.EverySteps(5) });
        manual_seed(sameSeed ? 100 : 100 + run.Rank);
        using var weights = zeros(3);
        run.Track("weights", weights);
        run.TrackRandomState();
        using var numbers = Numbers(run, output);
        foreach (var step in run.Steps(60))
            Step(step, weights, numbers);
        return run.Finish();
    }

    /// <summary>The same with steps that are counted by hand, and one save by hand, which is rank 0's alone.</summary>
    public static int TrainByHand(string checkpoints, string output)
    {
        using var run = TrainingRun.Open(checkpoints, new() { Save = SaveSchedule.EverySteps(1000) });
        manual_seed(100 + run.Rank);
        using var weights = zeros(3);
        run.Track("weights", weights);
        run.TrackRandomState();
        using var numbers = Numbers(run, output);
        for (var step = run.Restore(); step < 60;)
        {
            Step(step++, weights, numbers);
            if (!run.Boundary(step, last: step == 60))
                break;
            if (step == 10)
                run.Save(step).Wait();
        }

        return run.Finish();
    }

    private static StreamWriter Numbers(TrainingRun run, string output) => new(Path.Combine(output, $"rank{run.Rank}.txt"), append: true) { AutoFlush = true };

    private static void Step(long step, Tensor weights, StreamWriter numbers)
    {
        using var drawn = rand(3);
        weights.add_(drawn);
        numbers.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{step} {drawn[0].item<float>():R}"));
        Console.WriteLine($"step {step}");
        Thread.Sleep(20); // what a step takes
    }
}
