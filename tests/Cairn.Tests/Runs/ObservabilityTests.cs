using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Cairn.Attempts;
using Cairn.Tests.Checkpoints;
using Microsoft.Extensions.Logging;

namespace Cairn.Tests.Runs;

/// <summary>What others see of a run: its logger, its meter, the values that it reports.</summary>
public class ObservabilityTests
{
    [Fact]
    public void Messages_go_to_the_programs_own_logger()
    {
        using var folder = new TemporaryFolder();
        var log = new ListLogger();
        Train(folder, 3, new() { Logger = log });
        Assert.Contains(log.Messages, message => message.StartsWith("Information attempt 1: starts at step 0 of 3", StringComparison.Ordinal));
        Assert.Contains("Information finished: 3 steps in 1 attempt(s)", log.Messages);
    }

    [Fact]
    public void The_meter_counts_steps_saves_bytes_and_stall()
    {
        var seen = new ConcurrentDictionary<string, double>();
        using var meters = new MeterListener();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Cairn")
                listener.EnableMeasurementEvents(instrument);
        };
        void Add(string name, double value) => seen.AddOrUpdate(name, value, (_, sum) => sum + value);
        meters.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument.Name, value));
        meters.SetMeasurementEventCallback<double>((instrument, value, _, _) => Add(instrument.Name, value));
        meters.Start();

        using var folder = new TemporaryFolder();
        Train(folder, 7, new() { Logger = new ListLogger(), Save = SaveSchedule.EverySteps(2), WhenStillSaving = WhenStillSaving.Wait });

        // Other tests of this process may count too, so not less than these.
        Assert.True(seen["cairn.steps"] >= 7);
        Assert.True(seen["cairn.saves"] >= 4);
        Assert.True(seen["cairn.save.bytes"] > 4096);
        Assert.True(seen["cairn.save.stall"] > 0);
    }

    [Fact]
    public void Reported_values_stand_in_the_journal_and_decide_which_checkpoint_is_the_best()
    {
        using var folder = new TemporaryFolder();
        Train(folder, 8, new() { Logger = new ListLogger(), Save = SaveSchedule.EverySteps(1), WhenStillSaving = WhenStillSaving.Wait, Keep = Retention.KeepBest("loss", 1) }, step => step == 2 ? 0.1 : 1 + step);
        Assert.Equal(
            ["step-0000000003", "step-0000000007", "step-0000000008"],
            Directory.EnumerateDirectories(folder.Path, "step-*").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        var progress = AttemptStory.ReadAll(folder.Path).Single().Events.OfType<Progress>().Single(entry => entry.Step == 3);
        Assert.Equal(0.1, progress.Metrics!["loss"]);
    }

    private static void Train(TemporaryFolder folder, long steps, TrainingRunOptions options, Func<long, double>? loss = null)
    {
        using var run = TrainingRun.Open(folder.Path, options);
        run.Track("model", TestPart.Model(1));
        foreach (var step in run.Steps(steps))
        {
            if (loss is not null)
                run.Report("loss", loss(step));
        }

        Assert.Equal(0, run.Finish());
    }
}
