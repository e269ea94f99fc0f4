using System.Diagnostics;
using Cairn;
using Microsoft.Extensions.Logging.Abstractions;

namespace Saves.Competitors;

/// <summary>Cairn with overlapped saves: a step a save, for the copy goes on while that step's forward and backward run.</summary>
internal sealed class OverlappedSave : ICompetitor
{
    private const int Kept = 2;

    // Forward and backward read every weight at least twice and write a gradient: about this fast on all cores, at best.
    private const double BytesASecond = 1.5e9;
    private readonly State state;
    private readonly Training training;
    private readonly TrainingRun run;
    private readonly StepSequence.Enumerator steps;

    public OverlappedSave(State state, string folder)
    {
        this.state = state;
        training = new Training(state, state.Bytes / BytesASecond);
        run = TrainingRun.Open(
            Path.Combine(folder, "cairn-overlapped"),
            new() { SaveMode = SaveMode.Overlapped, Save = SaveSchedule.EverySteps(1), WhenStillSaving = WhenStillSaving.Wait, Keep = Retention.KeepLast(Kept), Logger = NullLogger.Instance });
        run.Track("model", state);
        steps = run.Steps(long.MaxValue - 1).GetEnumerator();
        steps.MoveNext();
    }

    public string Name => "Cairn overlapped";

    /// <summary>The stall is what the boundary takes and what the next optimizer step waits for the copy.</summary>
    public (double Stall, double Durable) Save()
    {
        run.BeforeOptimizerStep();
        state.Change();
        var began = Stopwatch.GetTimestamp();
        if (!steps.MoveNext())
            throw new InvalidOperationException("the run was stopped from outside: the measurement is worth nothing");
        var boundary = Stopwatch.GetElapsedTime(began).TotalSeconds;

        training.ForwardAndBackward();
        var gateBegan = Stopwatch.GetTimestamp();
        run.BeforeOptimizerStep();
        var gate = Stopwatch.GetElapsedTime(gateBegan).TotalSeconds;

        var newest = Path.Combine(run.Directory, $"step-{run.StepsDone:D10}");
        while (!Directory.Exists(newest))
            Thread.Sleep(TimeSpan.FromMicroseconds(200));
        var durable = Stopwatch.GetElapsedTime(began).TotalSeconds;

        // Whoever is measured next must not pay for the deletion of what this checkpoint made superfluous.
        while (Directory.EnumerateDirectories(run.Directory).Count(one => Path.GetFileName(one) != "attempts") > Kept)
            Thread.Sleep(1);
        return (boundary + gate, durable);
    }

    public void Dispose()
    {
        steps.Dispose();
        run.Dispose();
        training.Dispose();
    }
}
