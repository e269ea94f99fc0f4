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
        using var numbers = new StreamWriter(Path.Combine(output, $"rank{run.Rank}.txt"), append: true) { AutoFlush = true };

        foreach (var step in run.Steps(60))
        {
            using var drawn = rand(3);
            weights.add_(drawn);
            numbers.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{step} {drawn[0].item<float>():R}"));
            Console.WriteLine($"step {step}");
            Thread.Sleep(20); // what a step takes
        }

        return run.Finish();
    }
}
