using System.Diagnostics;
using Cairn;
using Microsoft.Extensions.Logging.Abstractions;
using Saves.Measuring;

namespace Saves.Processes;

/// <summary>A process that resumes once. A new one each time: a resume is the first thing that a process does, in code that never ran before.</summary>
internal static class Resumer
{
    public const string Command = "resumer";
    private const int UsualSteps = 5;

    /// <summary>The step whose checkpoint is resumed from.</summary>
    public const long Step = 1;

    /// <summary>Resumes once.</summary>
    /// <param name="bytes">The state's size.</param>
    /// <param name="from">The checkpoint folder; or a file that TorchSharp saved.</param>
    /// <param name="prepare">What to do when the process is ready, before the clock runs.</param>
    public static Resumed Resume(long bytes, string from, Action prepare)
    {
        using var child = new Child(Command, $"{bytes}", from);
        prepare();
        child.Tell("resume");
        return child.Answer().Split(' ').Select(double.Parse).ToArray() is [var opened, var restored, var longer]
            ? new Resumed(opened, restored, longer)
            : throw new InvalidDataException("the resuming process did not answer with three numbers");
    }

    /// <summary>The other side.</summary>
    public static void Serve(long bytes, string from)
    {
        using var state = new State(bytes);
        using var training = new Training(state, 0.05);
        Console.WriteLine("ready");
        Console.ReadLine();
        var began = Stopwatch.GetTimestamp();
        using var run = File.Exists(from) ? null : Open(from, state);
        var opened = Stopwatch.GetElapsedTime(began).TotalSeconds;
        if (run is null)
            state.load(from);
        else if (run.Restore() != Step)
            throw new InvalidOperationException($"the checkpoint of step {Step} in {from} was not restored");
        var restored = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var first = StepSeconds();
        var usual = Quantiles.Median([.. Enumerable.Range(0, UsualSteps).Select(_ => StepSeconds())]);

        // A first step that happens to be shorter is noise, and no time won.
        Console.WriteLine($"{opened} {restored} {Math.Max(0, first - usual)}");

        double StepSeconds()
        {
            var stepBegan = Stopwatch.GetTimestamp();
            training.ForwardAndBackward();
            training.OptimizerStep();
            return Stopwatch.GetElapsedTime(stepBegan).TotalSeconds;
        }
    }

    /// <summary>Opens a run over the state.</summary>
    public static TrainingRun Open(string folder, State state)
    {
        var run = TrainingRun.Open(folder, new() { Save = SaveSchedule.Never, Logger = NullLogger.Instance });
        run.Track("model", state);
        return run;
    }
}
