using Cairn.Attempts;
using Cairn.Checkpoints;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Runs;

/// <summary>Saves that go on behind the training.</summary>
public class AsynchronousSaveTests
{
    private static TrainingRunOptions Options(long every, WhenStillSaving when = WhenStillSaving.Skip, SaveMode mode = SaveMode.Asynchronous) =>
        new() { Save = SaveSchedule.EverySteps(every), WhenStillSaving = when, SaveMode = mode, Logger = NullLogger.Instance };

    [Fact]
    public void Saves_that_come_due_too_early_are_left_out_and_the_journal_counts_them()
    {
        using var folder = new TemporaryFolder();
        var part = new NumberPart(8 << 20);
        using (var run = TrainingRun.Open(folder.Path, Options(every: 1)))
        {
            run.Track("numbers", part);
            foreach (var step in run.Steps(300))
                part.Train();
            Assert.Equal(0, run.Finish());
        }

        var events = AttemptStory.ReadAll(folder.Path).Single().Events;
        var saved = events.OfType<Saved>().Count();
        var skipped = events.OfType<SavesSkipped>().Sum(entry => entry.Count);
        Assert.Equal(300, saved + skipped);
        Assert.True(skipped > 0, "a step takes microseconds, a save of 8 MiB milliseconds");
        Assert.Equal(300, events.OfType<Saved>().Last().Step);
    }

    [Fact]
    public void Or_the_loop_waits_for_them()
    {
        using var folder = new TemporaryFolder();
        var part = new NumberPart(1 << 20);
        using (var run = TrainingRun.Open(folder.Path, Options(every: 1, WhenStillSaving.Wait)))
        {
            run.Track("numbers", part);
            foreach (var step in run.Steps(20))
                part.Train();
            Assert.Equal(0, run.Finish());
        }

        var events = AttemptStory.ReadAll(folder.Path).Single().Events;
        Assert.Equal(Enumerable.Range(1, 20).Select(step => (long)step), events.OfType<Saved>().Select(entry => entry.Step));
        Assert.Empty(events.OfType<SavesSkipped>());
    }

    [Theory]
    [InlineData(SaveMode.Asynchronous)]
    [InlineData(SaveMode.Synchronous)]
    public void What_is_saved_is_the_state_of_the_boundary_whatever_training_does_meanwhile(SaveMode mode)
    {
        using var folder = new TemporaryFolder();
        var part = new NumberPart(32 << 20);
        var expected = new Dictionary<long, ulong>();
        using (var run = TrainingRun.Open(folder.Path, Options(every: 3, WhenStillSaving.Wait, mode)))
        {
            run.Track("numbers", part);
            foreach (var step in run.Steps(7))
            {
                part.Train();
                expected[step + 1] = part.Checksum;
            }

            Assert.Equal(0, run.Finish());
        }

        foreach (var step in (long[])[3, 6, 7])
        {
            var again = new NumberPart(32 << 20);
            using var store = new CheckpointStore(folder.Path, NullLogger.Instance, TimeProvider.System);
            Assert.Equal(step, store.Restore(new Dictionary<string, ICheckpointPart>(StringComparer.Ordinal) { ["numbers"] = again }, newest: step)!.Step);
            Assert.Equal(expected[step], again.Checksum);
        }
    }

    [Fact]
    public void Both_modes_write_the_same_bytes_on_a_disk_and_in_memory()
    {
        using var folder = new TemporaryFolder();
        using var memory = SmallFileSystem.Tmpfs(64);
        var files = new List<byte[]>();
        foreach (var place in (string[])[folder["disk"], Path.Combine(memory.Path, "memory")])
        {
            foreach (var mode in Enum.GetValues<SaveMode>())
            {
                var checkpoints = $"{place}-{mode}";
                var part = new NumberPart((5 << 20) + 24); // not whole blocks
                using (var run = TrainingRun.Open(checkpoints, Options(every: 100, mode: mode)))
                {
                    run.Track("numbers", part);
                    foreach (var step in run.Steps(2))
                        part.Train();
                    Assert.Equal(0, run.Finish());
                }

                files.Add(File.ReadAllBytes(Path.Combine(checkpoints, "step-0000000002", "numbers.safetensors")));
            }
        }

        Assert.All(files, file => Assert.Equal(files[0], file));
    }

    [Fact]
    public void A_stop_waits_for_the_save_in_flight_and_then_makes_the_newest_step_durable()
    {
        using var folder = new TemporaryFolder();
        using var trainer = Trainer.Start(folder.Path, 1_000_000, "--size", "50000000", "--save-every", "1", "--when-saving", "Skip");
        trainer.WaitFor("step 3");
        trainer.Signal("USR2");
        trainer.WaitForEnd();
        var events = AttemptStory.ReadAll(folder.Path).Single().Events;
        var stopped = events.OfType<Stopped>().Single();
        Assert.Equal(stopped.Step, stopped.SavedStep);
        Assert.Equal(stopped.Step, events.OfType<Saved>().Last().Step);
    }

    [Theory]
    [InlineData("Asynchronous")]
    [InlineData("Synchronous")]
    public void Without_its_folder_a_run_cannot_save_and_says_so_and_trains_on(string mode)
    {
        using var folder = new TemporaryFolder();
        using var trainer = Trainer.Start(folder["checkpoints"], 300, "--delay", "20", "--save-mode", mode);
        trainer.WaitFor("step 12");
        Cairn.Posix.PosixDirectory.Rename(folder["checkpoints/attempts"], folder["gone"]);
        trainer.WaitFor("step 299");
        trainer.WaitForMessage("before the run counts as finished: it is tried for 10 min");
        trainer.Signal("USR2");
        var (exitCode, lines) = trainer.WaitForEnd();
        Assert.Equal(ExitCodes.Terminated, exitCode);
        Assert.DoesNotContain("last work", lines);
        Assert.Contains("could not be saved", trainer.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", trainer.Messages, StringComparison.Ordinal);
    }

    /// <summary>Numbers that every step changes.</summary>
    private sealed class NumberPart(int bytes) : ICheckpointPart
    {
        private readonly ulong[] data = new ulong[bytes / sizeof(ulong)];

        public ulong Checksum => data.Aggregate(17UL, (sum, value) => (sum * 31) + value);

        public void Train()
        {
            for (var i = 0; i < data.Length; i++)
                data[i] = (data[i] * 6364136223846793005) + (ulong)i + 1442695040888963407;
        }

        public PartState Describe() => new() { Tensors = [PartTensor.Of("data", DType.Int64, data)] };

        public IEnumerable<string> FindDifferences(PartRecord saved) => saved.DifferencesFrom(Describe().Tensors.Select(tensor => tensor.Info));

        public void Restore(PartReader saved) => saved.Read(Describe().Tensors);
    }
}
