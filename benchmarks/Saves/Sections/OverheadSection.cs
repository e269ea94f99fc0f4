using Cairn;
using TorchSharp;
using Saves.Competitors;
using Saves.Measuring;

namespace Saves.Sections;

/// <summary>What saves add to a training: the same steps without saves and with one every five (synchronous) save-times, in each mode.</summary>
internal static class OverheadSection
{
    private const int SaveTimes = 5;
    private const int StepsPerSave = 10;
    private const int SavesPerBlock = 2;

    /// <summary>With every core busy, and with one to spare, as beside a training on a device.</summary>
    public static IEnumerable<Section> Measure(Settings settings)
    {
        var cores = Environment.ProcessorCount;
        try
        {
            for (var busy = cores; busy > 0 && busy >= cores - 1; busy--)
            {
                torch.set_num_threads(busy);
                yield return Measure(settings, busy);
            }
        }
        finally
        {
            torch.set_num_threads(cores);
        }
    }

    private static Section Measure(Settings settings, int busy)
    {
        using var folder = settings.NewFolder();
        using var state = new State(settings.Size ?? 64 * Settings.Megabyte);
        var (save, writer) = MeasureSave(state, folder.Path);
        using var training = new Training(state, save * SaveTimes / StepsPerSave);
        var every = Math.Max(2, (int)Math.Round(save * SaveTimes / training.StepSeconds));
        var block = every * SavesPerBlock;
        var blocks = Math.Max(1, settings.Steps / block);
        var (steps, saves) = (blocks * block, blocks * SavesPerBlock);

        using var none = new TrainingWithoutSaves(training);
        using var synchronous = new TrainingWithSaves(training, state, folder.Path, every, SaveMode.Synchronous);
        using var asynchronous = new TrainingWithSaves(training, state, folder.Path, every, SaveMode.Asynchronous);
        using var overlapped = new TrainingWithSaves(training, state, folder.Path, every, SaveMode.Overlapped);
        var rounds = new Rounds(folder.Path, settings.Rounds, warmUp: 1);
        var timed = new ITraining[] { none, synchronous, asynchronous, overlapped }.Select(one => new TimedTraining(one, rounds)).ToList();
        rounds.Run(() =>
        {
            // In turn by short blocks: what else the machine does comes and goes within seconds. Their sums count, so that a rare slow save does, too.
            for (var i = 0; i < blocks * timed.Count; i++)
                timed[(i + (i / timed.Count)) % timed.Count].Do(block);
            timed.ForEach(one => one.EndRound());
        });

        var without = timed[0];
        return new Section($"Training of {steps} steps, {state.Bytes / 1e6:0} MB, a save every {every} steps, {busy} of {Environment.ProcessorCount} cores busy", rounds)
        {
            Series = [.. timed.Select(one => one.Wall), .. timed.Select(one => one.Cpu)],
            Ratios =
            [
                Ratio.Added("added time: synchronous", timed[1].Wall, without.Wall),
                Ratio.Added("added time: asynchronous", timed[2].Wall, without.Wall, Goal.NoMoreThan(0.04)),
                Ratio.Added("added time: overlapped", timed[3].Wall, without.Wall, Goal.NoMoreThan(0.01)),
            ],
            Notes =
            [
                $"a step takes {training.StepSeconds * 1e3:0.0} ms and keeps {busy} of {Environment.ProcessorCount} cores busy; a synchronous save takes {save * 1e3:0.0} ms, so a save is due every {every} steps, {saves} in {steps}",
                $"the writer's CPU: an asynchronous save with nothing else going on takes {writer * 1e3:0.0} ms of CPU, the copy included; {saves} of them are {writer * saves:0.00} s, on {Environment.ProcessorCount} cores {writer * saves / Environment.ProcessorCount / (steps * training.StepSeconds):P1} of the training: where no core has anything to spare no schedule of the work adds less",
            ],
        };
    }

    /// <summary>Seconds of a synchronous save, and CPU seconds of an asynchronous one, while training stands still.</summary>
    private static (double Synchronous, double Cpu) MeasureSave(State state, string folder)
    {
        using var calibration = new OwnFolder(Path.Combine(folder, "calibration"));
        using var synchronous = new CairnSave(state, calibration.Path, SaveMode.Synchronous);
        using var asynchronous = new CairnSave(state, calibration.Path, SaveMode.Asynchronous);
        var (seconds, cpu) = (new List<double>(), new List<double>());
        for (var i = 0; i < 9; i++)
        {
            seconds.Add(synchronous.Save().Durable);
            state.Change();
            var began = Environment.CpuUsage.TotalTime;
            asynchronous.SaveNow();
            asynchronous.AwaitPruning();
            cpu.Add((Environment.CpuUsage.TotalTime - began).TotalSeconds);
        }

        return (Quantiles.Median(seconds[2..]), Quantiles.Median(cpu[2..]));
    }
}
