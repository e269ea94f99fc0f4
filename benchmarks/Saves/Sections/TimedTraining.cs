using System.Diagnostics;
using Saves.Competitors;
using Saves.Measuring;

namespace Saves.Sections;

/// <summary>One training's time, and what it costs the cores.</summary>
internal sealed class TimedTraining(ITraining training, Rounds rounds)
{
    private double wall;
    private double cpu;

    public Series Wall { get; } = new(training.Name);

    public Series Cpu { get; } = new($"CPU of all threads: {training.Name}");

    /// <summary>Goes on by so many steps of this round.</summary>
    public void Do(int steps)
    {
        var (began, used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        training.Do(steps);
        wall += Stopwatch.GetElapsedTime(began).TotalSeconds;
        cpu += (Environment.CpuUsage.TotalTime - used).TotalSeconds;
    }

    /// <summary>All steps of this round are done.</summary>
    public void EndRound()
    {
        rounds.Note(Wall, wall);
        rounds.Note(Cpu, cpu);
        wall = cpu = 0;
    }
}
