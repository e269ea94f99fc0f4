using System.Diagnostics;
using Cairn;
using Microsoft.Extensions.Logging.Abstractions;

namespace Saves.Processes;

/// <summary>A process that opens a run, is stopped at its first step boundary, and ends: a whole attempt of a tiny state.</summary>
internal static class Attempt
{
    public const string Command = "attempt";

    /// <summary>Makes one.</summary>
    /// <returns>What opening and stopping took, in seconds.</returns>
    public static (double Open, double Stop) Make(string folder)
    {
        using var child = new Child(Command, folder);
        child.Tell("go");
        return child.Answer().Split(' ').Select(double.Parse).ToArray() is [var open, var stop]
            ? (open, stop)
            : throw new InvalidDataException("the attempt did not answer with two numbers");
    }

    /// <summary>The other side.</summary>
    public static void Serve(string folder)
    {
        Console.WriteLine("ready");
        Console.ReadLine();
        Directory.CreateDirectory(folder);
        var stop = Path.Combine(folder, "stop");
        var began = Stopwatch.GetTimestamp();
        using var run = TrainingRun.Open(folder, new() { Save = SaveSchedule.Never, StopFile = stop, Logger = NullLogger.Instance });
        var open = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var count = 0L;
        run.Track("count", () => count, value => count = value);
        foreach (var step in run.Steps(long.MaxValue - 1))
        {
            count++;
            File.WriteAllText(stop, "");
            while (!run.StopRequested)
                Thread.Sleep(1);
        }

        began = Stopwatch.GetTimestamp();
        run.Finish();
        Console.WriteLine($"{open} {Stopwatch.GetElapsedTime(began).TotalSeconds}");
        File.Delete(stop);
    }
}
