using Cairn;
using Microsoft.Extensions.Logging.Abstractions;

namespace Saves.Competitors;

/// <summary>The loop as a user writes it, over a run's steps.</summary>
internal sealed class TrainingWithSaves : ITraining
{
    private readonly Training training;
    private readonly TrainingRun run;
    private readonly StepSequence.Enumerator steps;

    public TrainingWithSaves(Training training, State state, string folder, int every, SaveMode mode)
    {
        this.training = training;
        Name = "saves, " + mode.ToString().ToLowerInvariant();

        // A save that is due too early waits, so that nobody gains by leaving saves out.
        run = TrainingRun.Open(
            Path.Combine(folder, "training-" + mode),
            new() { SaveMode = mode, Save = SaveSchedule.EverySteps(every), WhenStillSaving = WhenStillSaving.Wait, Keep = Retention.KeepLast(2), Logger = NullLogger.Instance });
        run.Track("model", state);
        steps = run.Steps(long.MaxValue - 1).GetEnumerator();
        steps.MoveNext();

        // Saves fall into the middle between two looks at the clock: all that a save costs lies within the measured time.
        Do(every / 2);
    }

    public string Name { get; }

    public void Do(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            training.ForwardAndBackward();
            run.BeforeOptimizerStep(); // asked of every mode, for the same loop
            training.OptimizerStep();
            if (!this.steps.MoveNext())
                throw new InvalidOperationException("the run was stopped from outside: the measurement is worth nothing");
        }
    }

    public void Dispose()
    {
        steps.Dispose();
        run.Dispose();
    }
}
