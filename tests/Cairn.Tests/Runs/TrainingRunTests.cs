using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Tests.Checkpoints;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Runs;

/// <summary>The whole run in a real process: stopped in every way, and gone on with.</summary>
public class TrainingRunTests
{
    private static readonly Lazy<string> Straight = new(() =>
    {
        using var folder = new TemporaryFolder();
        return Weights(Trainer.Run(folder.Path, 60).Lines);
    });

    private static string Weights(IEnumerable<string> lines) => lines.Single(line => line.StartsWith("weights ", StringComparison.Ordinal));

    private static IReadOnlyList<long> Steps(IEnumerable<string> lines) =>
        [.. lines.Where(line => line.StartsWith("step ", StringComparison.Ordinal)).Select(line => long.Parse(line[5..]))];

    private static IEnumerable<string> Checkpoints(TemporaryFolder folder) =>
        Directory.EnumerateDirectories(folder.Path, "step-*").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    private static T Single<T>(TemporaryFolder folder, int attempt = 1)
        where T : JournalEvent => Assert.Single(AttemptStory.ReadAll(folder.Path)[attempt - 1].Events.OfType<T>());

    [Fact]
    public void Runs_to_the_end_saves_on_the_grid_and_is_finished_for_good()
    {
        using var folder = new TemporaryFolder();
        var (exitCode, lines, messages) = Trainer.Run(folder.Path, 60);
        Assert.Equal(0, exitCode);
        Assert.Equal(Enumerable.Range(0, 60).Select(step => (long)step), Steps(lines));
        Assert.Equal(["step-0000000040", "step-0000000050", "step-0000000060"], Checkpoints(folder));
        Assert.Contains("starts at step 0 of 60 (no checkpoint yet); no time limit;", messages, StringComparison.Ordinal);

        var again = Trainer.Run(folder.Path, 60);
        Assert.Equal(0, again.ExitCode);
        Assert.Equal(["open", "finish"], again.Lines);
        Assert.Contains("already finished: 60 steps", again.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void A_finished_run_goes_on_when_more_steps_are_asked_for()
    {
        using var folder = new TemporaryFolder();
        Trainer.Run(folder.Path, 25);
        var (exitCode, lines, _) = Trainer.Run(folder.Path, 60);
        Assert.Equal(0, exitCode);
        Assert.Equal(25, Steps(lines)[0]);
        Assert.Equal(Straight.Value, Weights(lines));
    }

    [Theory]
    [InlineData("USR2", 143, "Warning")]
    [InlineData("TERM", 143, "Terminate")]
    [InlineData("INT", 130, "Interrupt")]
    public void A_signal_saves_at_the_next_boundary_and_the_next_start_goes_on(string signal, int code, string kind)
    {
        using var folder = new TemporaryFolder();
        using (var trainer = Trainer.Start(folder.Path, 60, "--delay", "100"))
        {
            trainer.WaitFor("step 13");
            trainer.Signal(signal);
            var (exitCode, rest) = trainer.WaitForEnd();
            Assert.Equal(code, exitCode);
            Assert.DoesNotContain("last work", rest);
        }

        var stopped = Single<Stopped>(folder);
        Assert.Equal(stopped.Step, stopped.SavedStep);
        Assert.Equal(kind, Single<Interrupted>(folder).Kind);
        var (finished, lines, messages) = Trainer.Run(folder.Path, 60);
        Assert.Equal(0, finished);
        Assert.Equal(stopped.Step, Steps(lines)[0]);
        Assert.Equal(Straight.Value, Weights(lines));
        Assert.Contains($"resumes at step {stopped.Step} of 60 from step-{stopped.Step:0000000000} (attempt 1 stopped: {stopped.Cause.ToLowerInvariant()});", messages, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("USR2", 143)]
    [InlineData("INT", 130)]
    public void A_run_that_follows_a_stopped_one_in_the_same_process_does_no_step(string signal, int code)
    {
        using var folder = new TemporaryFolder();
        using (var trainer = Trainer.Start(folder["first"], 60, "--delay", "100", "--then", folder["second"]))
        {
            trainer.WaitFor("step 13");
            trainer.Signal(signal);
            var (exitCode, rest) = trainer.WaitForEnd();
            Assert.Equal(code, exitCode);
            Assert.DoesNotContain(rest, line => line.StartsWith("second step", StringComparison.Ordinal));
        }

        var (finished, lines, _) = Trainer.Run(folder["first"], 60, "--then", folder["second"]);
        Assert.Equal(0, finished);
        Assert.Equal(60, lines.Count(line => line.StartsWith("second step", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_signal_before_the_first_step_is_not_lost()
    {
        using var folder = new TemporaryFolder();
        using (var trainer = Trainer.Start(folder.Path, 60, "--mode", "wait-before-first-step"))
        {
            trainer.WaitFor("open");
            trainer.Signal("USR2");
            trainer.Signal("USR2");
            trainer.WaitForMessage("USR2 from");
            trainer.SendLine();
            var (exitCode, rest) = trainer.WaitForEnd();
            Assert.Equal(143, exitCode);
            Assert.Empty(Steps(rest));
        }

        Assert.Equal(Straight.Value, Weights(Trainer.Run(folder.Path, 60).Lines));
    }

    [Fact]
    public void A_signal_in_the_last_work_does_no_harm()
    {
        using var folder = new TemporaryFolder();
        using var trainer = Trainer.Start(folder.Path, 60, "--long-last-work");
        trainer.WaitFor("last work");
        trainer.Signal("USR2");
        trainer.WaitForMessage("USR2 from");
        trainer.SendLine();
        var (exitCode, rest) = trainer.WaitForEnd();
        Assert.Equal(0, exitCode);
        Assert.Equal(Straight.Value, Weights(rest));
        Assert.NotNull(AttemptStory.ReadAll(folder.Path)[0].Finished);
    }

    [Fact]
    public void Killed_in_the_last_work_the_next_attempt_does_it_again_without_a_step()
    {
        using var folder = new TemporaryFolder();
        using (var trainer = Trainer.Start(folder.Path, 60, "--last-work", "60000"))
        {
            trainer.WaitFor("last work");
            trainer.Signal("KILL");
            Assert.Equal(137, trainer.WaitForEnd().ExitCode);
        }

        var (exitCode, lines, messages) = Trainer.Run(folder.Path, 60);
        Assert.Equal(0, exitCode);
        Assert.Empty(Steps(lines));
        Assert.Equal(Straight.Value, Weights(lines));
        Assert.Contains("(attempt 1 was killed or crashed)", messages, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signal_in_mid_save_is_honoured_after_it()
    {
        using var folder = new TemporaryFolder();
        using (var trainer = Trainer.Start(folder.Path, 60, "--size", "50000000", "--save-every", "1"))
        {
            trainer.WaitFor("step 2");
            trainer.Signal("USR2"); // saves take most of the time of this program
            Assert.Equal(143, trainer.WaitForEnd().ExitCode);
        }

        var stopped = Single<Stopped>(folder);
        Assert.Equal(stopped.Step, stopped.SavedStep);
    }

    [Fact]
    public void The_stop_file_stops_and_says_so_until_it_is_removed()
    {
        using var folder = new TemporaryFolder();
        using (var trainer = Trainer.Start(folder.Path, 1_000_000, "--delay", "20"))
        {
            trainer.WaitFor("step 5");
            File.WriteAllText(folder["stop"], string.Empty);
            Assert.Equal(143, trainer.WaitForEnd().ExitCode);
        }

        Assert.Equal("StopFile", Single<Interrupted>(folder).Kind);
        File.Delete(folder["stop"]);
        Assert.Equal(0, Trainer.Run(folder.Path, 60).ExitCode);
    }

    [Fact]
    public void An_exception_in_a_step_is_not_saved_and_not_hidden()
    {
        using var folder = new TemporaryFolder();
        var (exitCode, _, messages) = Trainer.RunOnRuntime(folder.Path, 60, "--mode", "throw", "--at", "17"); // native code disposes of nothing then
        Assert.NotEqual(0, exitCode);
        Assert.Contains("the step failed", messages, StringComparison.Ordinal);
        Assert.Equal(["step-0000000010"], Checkpoints(folder));
        Assert.Equal(17, Single<LeftInStep>(folder).Step);
        Assert.Equal(Straight.Value, Weights(Trainer.Run(folder.Path, 60).Lines));
    }

    [Fact]
    public void A_break_leaves_without_a_save_and_without_the_last_work()
    {
        using var folder = new TemporaryFolder();
        var (exitCode, lines, messages) = Trainer.Run(folder.Path, 60, "--mode", "break", "--at", "17");
        Assert.Equal(ExitCodes.Incomplete, exitCode);
        Assert.DoesNotContain("last work", lines);
        Assert.Contains("left in step 17 of 60 without Complete()", messages, StringComparison.Ordinal);
        Assert.Equal(17, Single<LeftInStep>(folder).Step);
        Assert.Equal("left", Single<AttemptEnded>(folder).Outcome);
    }

    [Fact]
    public void Early_stopping_is_the_end_and_counts_its_last_step()
    {
        using var folder = new TemporaryFolder();
        var (exitCode, lines, _) = Trainer.Run(folder.Path, 60, "--mode", "complete", "--at", "17");
        Assert.Equal(0, exitCode);
        Assert.EndsWith("-18 after 18 steps", Weights(lines), StringComparison.Ordinal);
        Assert.Contains("step-0000000018", Checkpoints(folder));
        Assert.Equal(["open", "finish"], Trainer.Run(folder.Path, 60).Lines);
    }

    [Fact]
    public void Another_loop_can_ask_whether_to_stop()
    {
        using var folder = new TemporaryFolder();
        using var trainer = Trainer.Start(folder.Path, 60, "--mode", "poll");
        trainer.WaitFor("step 0");
        trainer.Signal("USR2");
        Assert.Equal(143, trainer.WaitForEnd().ExitCode);
        Assert.Equal(1, Single<Stopped>(folder).SavedStep);
    }

    [Fact]
    public void Who_forgets_Finish_is_saved_all_the_same()
    {
        using var folder = new TemporaryFolder();
        using (var trainer = Trainer.Start(folder.Path, 60, "--mode", "no-finish", "--delay", "100"))
        {
            trainer.WaitFor("step 13");
            trainer.Signal("USR2");
            trainer.WaitForEnd();
        }

        Assert.True(Single<Stopped>(folder).SavedStep >= 14);
        Assert.Equal(Straight.Value, Weights(Trainer.Run(folder.Path, 60).Lines));
    }

    [Fact]
    public void A_loop_of_ones_own_works_without_Steps()
    {
        using var folder = new TemporaryFolder();
        using (var trainer = Trainer.Start(folder.Path, 60, "--mode", "own-loop", "--delay", "100"))
        {
            trainer.WaitFor("step 13");
            trainer.Signal("USR2");
            Assert.Equal(143, trainer.WaitForEnd().ExitCode);
        }

        var (exitCode, lines, _) = Trainer.Run(folder.Path, 60, "--mode", "own-loop");
        Assert.Equal(0, exitCode);
        Assert.Equal(Straight.Value.Split(' ')[1], Weights(lines).Split(' ')[1]);
    }

    [Fact]
    public void Another_process_in_the_same_folder_is_an_error_that_names_it()
    {
        using var folder = new TemporaryFolder();
        using var trainer = Trainer.Start(folder.Path, 60, "--mode", "wait-before-first-step");
        trainer.WaitFor("open");
        var (exitCode, lines, messages) = Trainer.Run(folder.Path, 60);
        Assert.Equal(ExitCodes.NeverRequeue, exitCode);
        Assert.Empty(lines);
        Assert.Contains($"process {trainer.Pid} on ", messages, StringComparison.Ordinal);
        Assert.Contains(folder.Path, messages, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", messages, StringComparison.Ordinal);
        trainer.SendLine();
        Assert.Equal(0, trainer.WaitForEnd().ExitCode);
    }

    [Fact]
    public void A_program_that_changed_is_told_every_difference()
    {
        using var folder = new TemporaryFolder();
        Trainer.Run(folder.Path, 25);
        var (exitCode, lines, messages) = Trainer.Run(folder.Path, 60, "--size", "2048");
        Assert.Equal(ExitCodes.NeverRequeue, exitCode);
        Assert.Empty(Steps(lines));
        Assert.Contains("data is int64 [256], in the checkpoint int64 [128]", messages, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_condition_is_warned_of_and_refused_when_strict()
    {
        using var folder = new TemporaryFolder();
        Trainer.Run(folder.Path, 25);
        var strict = Trainer.Run(folder.Path, 60, "--condition", "other", "--strict");
        Assert.Equal(ExitCodes.NeverRequeue, strict.ExitCode);
        Assert.Contains("condition", strict.Messages, StringComparison.Ordinal);
        var lenient = Trainer.Run(folder.Path, 60, "--condition", "other");
        Assert.Equal(0, lenient.ExitCode);
        Assert.Contains("perhaps not to the bit", lenient.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_checkpoints_are_passed_over_by_name_and_no_valid_one_is_an_error()
    {
        using var folder = new TemporaryFolder();
        Trainer.Run(folder.Path, 25);
        void Damage(string checkpoint)
        {
            var path = Path.Combine(folder.Path, checkpoint, "weights.safetensors");
            var bytes = File.ReadAllBytes(path);
            bytes[^1] ^= 1;
            File.WriteAllBytes(path, bytes);
        }

        Damage("step-0000000025");
        var fallback = Trainer.Run(folder.Path, 60);
        Assert.Equal(0, fallback.ExitCode);
        Assert.Equal(20, Steps(fallback.Lines)[0]);
        Assert.Contains("step-0000000025", fallback.Messages, StringComparison.Ordinal);
        Assert.Equal(Straight.Value, Weights(fallback.Lines));

        foreach (var checkpoint in Checkpoints(folder).ToList())
            Damage(checkpoint);
        var none = Trainer.Run(folder.Path, 99);
        Assert.Equal(ExitCodes.NeverRequeue, none.ExitCode);
        Assert.Empty(Steps(none.Lines));
        Assert.Contains("step-0000000060", none.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_fills_up_stops_saves_but_not_training_and_saves_work_again_when_there_is_space()
    {
        using var disk = SmallFileSystem.Tmpfs(8);
        var ballast = Path.Combine(disk.Path, "ballast");
        using var trainer = Trainer.Start(Path.Combine(disk.Path, "checkpoints"), 400, "--delay", "20", "--size", "1000000", "--save-every", "5");
        trainer.WaitFor("step 11");
        using (var file = File.Create(ballast))
        {
            // To the last byte: what retention gives up meanwhile is taken too.
            var block = new byte[4096];
            while (!trainer.Messages.Contains("could not be saved", StringComparison.Ordinal))
            {
                try
                {
                    file.Write(block);
                    file.Flush();
                }
                catch (IOException)
                {
                    Thread.Yield(); // full for now
                }
            }
        }

        File.Delete(ballast);
        trainer.WaitFor("step 200");
        trainer.Signal("USR2");
        Assert.Equal(ExitCodes.Terminated, trainer.WaitForEnd().ExitCode);
        var story = AttemptStory.ReadAll(Path.Combine(disk.Path, "checkpoints"))[0];
        var stopped = story.Events.OfType<Stopped>().Single();
        Assert.Equal(stopped.Step, stopped.SavedStep);
        Assert.True(stopped.Step > 200);
    }

    [Fact]
    public void A_run_whose_last_state_could_not_be_saved_in_ten_minutes_is_not_finished()
    {
        using var disk = SmallFileSystem.Tmpfs(1);
        var lastWork = false;
        using (var run = TrainingRun.Open(disk.Path, new() { Time = new FastTime(300), Logger = NullLogger.Instance }))
        {
            run.Track("weights", new TestPart { Tensors = [PartTensor.Of("weights", DType.Int64, new long[500_000])] });
            foreach (var step in run.Steps(10))
                Assert.True(step >= 0);
            Assert.Equal(ExitCodes.Incomplete, run.Finish(() => lastWork = true));
        }

        Assert.False(lastWork);
        var story = AttemptStory.ReadAll(disk.Path).Single();
        Assert.Null(story.Finished);
        Assert.True(story.Events.OfType<SaveFailed>().Count() > 3);
        Assert.Equal("unsaved", story.Events.OfType<AttemptEnded>().Single().Outcome);
    }

    [Fact]
    public void The_last_save_waits_for_room_on_the_disk()
    {
        using var disk = SmallFileSystem.Tmpfs(8);
        var ballast = Path.Combine(disk.Path, "ballast");
        File.WriteAllBytes(ballast, new byte[6_000_000]);
        using var trainer = Trainer.Start(Path.Combine(disk.Path, "checkpoints"), 10, "--size", "4000000");
        trainer.WaitForMessage("the last state must be on the disk");
        File.Delete(ballast);
        trainer.WaitFor("last work");
        Assert.Equal(0, trainer.WaitForEnd().ExitCode);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_a_clear_error()
    {
        using var disk = SmallFileSystem.Tmpfs(1);
        disk.MakeReadOnly();
        var (exitCode, _, messages) = Trainer.Run(Path.Combine(disk.Path, "checkpoints"), 10);
        Assert.Equal(ExitCodes.NeverRequeue, exitCode);
        Assert.Contains("cannot be used", messages, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", messages, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_a_clear_error()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], string.Empty);
        var (exitCode, _, messages) = Trainer.Run(folder["file/checkpoints"], 10);
        Assert.NotEqual(0, exitCode);
        Assert.Contains(folder["file/checkpoints"], messages, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", messages, StringComparison.Ordinal);
    }
}
