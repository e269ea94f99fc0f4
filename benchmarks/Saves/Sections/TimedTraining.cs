using System.Diagnostics;
using Saves.Competitors;
using Saves.Measuring;

namespace Saves.Sections;

/// <summary>One training's time, and what it costs the cores.</summary>
internal sealed class TimedTraining(ITraining training, int steps, Rounds rounds)
{
    public Series Wall { get; } = new($"{training.Name}");

    public Series Cpu { get; } = new($"CPU of all threads: {training.Name}");

    public void Take()
    {
        var (began, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        training.Do(steps);
        rounds.Note(Wall, Stopwatch.GetElapsedTime(began).TotalSeconds);
        rounds.Note(Cpu, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
    }
}
