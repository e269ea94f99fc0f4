using System.Globalization;
using Cairn;

namespace TrainingZoo;

/// <summary>Gradient descent by hand on two numbers, without torch, with a generator of random numbers of one line.</summary>
internal static class PlainNumbers
{
    public static int Train(string checkpoints, string output)
    {
        using var run = TrainingRun.Open(checkpoints, new() { Save = SaveSchedule.EverySteps(4) });
        return Train(run, output);
    }

    public static int Train(TrainingRun run, string output)
    {
        var (slope, offset, seed) = (0.0, 0.0, 1L);
        run.Track("slope", () => slope, value => slope = value);
        run.Track("offset", () => offset, value => offset = value);
        run.Track("seed", () => seed, value => seed = value);
        var losses = new Losses(run);

        foreach (var step in run.Steps(70))
        {
            seed = unchecked(seed * 6364136223846793005 + 1442695040888963407);
            var x = (seed >> 11) / (double)(1L << 52);
            var error = slope * x + offset - (3 * x + 1);
            slope -= 0.1 * error * x;
            offset -= 0.1 * error;
            losses.Add(step, error * error);
        }

        return run.Finish(() =>
        {
            File.WriteAllText(Path.Combine(output, "model.txt"), string.Create(CultureInfo.InvariantCulture, $"{slope:R} {offset:R}\n"));
            losses.Save(output);
        });
    }
}
