// Trains every set-up in a folder of its own, up to the beginning of a step, and saves there; the next process goes on.
//   TorchTrainer FOLDER FIRST-WEIGHTS-SEED UNTIL-STEP
using Cairn;
using TorchTrainer;

var (folder, seed, until) = (args[0], long.Parse(args[1]), long.Parse(args[2]));
foreach (var setup in Setup.All)
{
    using var run = TrainingRun.Open(Path.Combine(folder, setup.Name), new() { Save = SaveSchedule.Never });
    var training = new Training(setup, seed);
    run.Track("model", training.Model);
    run.Track("optimizer", training.Optimizer);
    if (training.Scheduler is { } scheduler)
        run.Track("scheduler", scheduler);
    run.TrackRandomState();
    run.Track("data", training.Loader);

    if (until == 0)
    {
        run.Restore();
        run.Save(0).Wait();
        Console.WriteLine($"{setup.Name}: 0 steps");
        continue;
    }

    foreach (var batch in run.Batches(training.Loader, epochs: Training.Epochs))
    {
        if (batch.Step == until)
            break;
        training.Step(batch);
        if (batch.Step == until - 1)
            run.SaveAtBoundary();
    }

    Console.WriteLine($"{setup.Name}: {run.StepsDone} steps, exit code {run.Finish().ExitCode}");
}
