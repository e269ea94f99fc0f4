using System.Globalization;
using Cairn;

namespace TrainingZoo;

/// <summary>The losses of all steps, one a line: what a log would show if nothing had ever been cut. And a word to whoever watches.</summary>
internal sealed class Losses
{
    private string lines = string.Empty;

    public Losses(TrainingRun run) => run.Track("losses", () => lines, value => lines = value ?? string.Empty);

    /// <summary>Notes the loss of a step, and lets it last as long as a step of a bigger model: so that there is time to be stopped.</summary>
    public void Add(long step, double loss)
    {
        lines += string.Create(CultureInfo.InvariantCulture, $"{step} {loss:R}\n");
        Console.WriteLine($"step {step}");
        Thread.Sleep(10);
    }

    public void Save(string folder) => File.WriteAllText(Path.Combine(folder, "losses.txt"), lines);
}
