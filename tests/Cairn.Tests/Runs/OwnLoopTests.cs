using Cairn.Posix;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Runs;

/// <summary>A loop of one's own: what is stored as a step is the state of that step, whatever fails.</summary>
public sealed class OwnLoopTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ListLogger log = new();
    private long state;

    [Fact]
    public void A_save_that_failed_is_written_at_the_end_as_its_state_was_taken()
    {
        using (var run = Open(SaveMode.Asynchronous))
        {
            FailToSave(run, 5);
            Assert.Equal(0, run.Finish());
        }

        Assert.Equal(5, Resume());
    }

    [Fact]
    public void So_it_is_at_a_stop()
    {
        using (var run = Open(SaveMode.Asynchronous))
        {
            FailToSave(run, 5);
            File.WriteAllText(folder["c/stop"], string.Empty);
            Assert.True(SpinWait.SpinUntil(() => run.StopRequested, TimeSpan.FromMinutes(1)));
            Assert.Equal(ExitCodes.Terminated, run.Finish());
        }

        File.Delete(folder["c/stop"]);
        Assert.Equal(5, Resume());
    }

    [Fact]
    public void Where_that_state_was_not_kept_nothing_is_stored_under_the_step()
    {
        using (var run = Open(SaveMode.Synchronous))
        {
            FailToSave(run, 5);
            Assert.Equal(ExitCodes.Incomplete, run.Finish());
        }

        Assert.Contains(log.Messages, message => message.Contains("nothing is stored as step 5", StringComparison.Ordinal));
        Assert.Equal(0, Resume());
    }

    [Fact]
    public void Within_Steps_the_run_counts_the_steps_itself()
    {
        using var run = Open(SaveMode.Asynchronous);
        foreach (var step in run.Steps(3))
        {
            var error = Assert.Throws<InvalidOperationException>(() => run.Save(15));
            Assert.Contains("Call SaveAtBoundary()", error.Message, StringComparison.Ordinal);
            state = step + 1;
        }

        Assert.Equal(0, run.Finish());
        Assert.Equal(3, Resume());
    }

    [Fact]
    public void Steps_never_go_back()
    {
        using (var run = Open(SaveMode.Asynchronous))
        {
            run.Restore();
            state = 7;
            run.Save(7).Wait();
            var error = Assert.Throws<ArgumentOutOfRangeException>(() => run.Save(6));
            Assert.Contains("7 steps are completed already", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(7, Resume());
    }

    [Fact]
    public void A_finished_run_comes_back_with_its_state_and_can_go_on_beyond_its_end()
    {
        using (var run = Open(SaveMode.Asynchronous))
        {
            run.Restore();
            state = 7;
            run.Save(7).Wait();
            Assert.Equal(0, run.Finish());
        }

        state = -1;
        using (var again = Open(SaveMode.Asynchronous))
        {
            Assert.Equal(7, again.Restore());
            Assert.Equal(7, state);
            Assert.True(again.AlreadyFinished);
            state = 9;
            again.Save(9).Wait();
            var done = false;
            Assert.Equal(0, again.Finish(() => done = true));
            Assert.True(done);
        }

        state = -1;
        using (var steps = Open(SaveMode.Asynchronous))
        {
            foreach (var step in steps.Steps(9))
                Assert.Fail($"step {step} was done already");
            Assert.Equal(9, state);
        }
    }

    [Fact]
    public void A_finished_run_whose_checkpoints_are_gone_says_so_and_trains_nothing_anew()
    {
        using (var run = Open(SaveMode.Asynchronous))
        {
            foreach (var step in run.Steps(3))
                state = step + 1;
            Assert.Equal(0, run.Finish());
        }

        foreach (var checkpoint in Directory.EnumerateDirectories(folder["c"], "step-*"))
            Directory.Delete(checkpoint, recursive: true);
        using (var again = Open(SaveMode.Asynchronous))
        {
            foreach (var step in again.Steps(3))
                Assert.Fail($"step {step} was done already");
            Assert.Equal(0, again.Finish(() => Assert.Fail("the last work was done already")));
        }

        Assert.Contains("its checkpoints are gone, so no state is loaded", string.Join('\n', log.Messages), StringComparison.Ordinal);
        using var own = Open(SaveMode.Asynchronous);
        Assert.Throws<NoValidCheckpointException>(() => own.Restore());
    }

    [Theory]
    [InlineData(SaveMode.Asynchronous, true)]
    [InlineData(SaveMode.Asynchronous, false)]
    [InlineData(SaveMode.Synchronous, true)]
    [InlineData(SaveMode.Synchronous, false)]
    public void What_the_program_does_after_its_last_step_is_no_part_of_it(SaveMode mode, bool byBreak)
    {
        using (var run = Open(mode))
        {
            foreach (var step in run.Steps(20))
            {
                state = step + 1;
                if (step != 6)
                    continue;
                run.Complete();
                if (byBreak)
                    break;
            }

            state = 999; // as who loads the best weights
            Assert.Equal(0, run.Finish());
        }

        state = -1;
        using var again = Open(mode);
        foreach (var step in again.Steps(30))
        {
            Assert.Equal((7, 7), (step, state));
            break;
        }
    }

    [Fact]
    public void A_last_step_that_an_exception_breaks_off_is_not_saved()
    {
        using (var run = Open(SaveMode.Asynchronous))
        {
            Assert.Throws<InvalidDataException>(() =>
            {
                foreach (var step in run.Steps(20))
                {
                    state = step + 1;
                    if (step == 3)
                        run.SaveAtBoundary();
                    if (step != 6)
                        continue;
                    run.Complete();
                    state = 999;
                    throw new InvalidDataException();
                }
            });
        }

        Assert.Equal(4, Resume());
    }

    [Fact]
    public void Finish_in_the_body_of_a_step_ends_the_loop_as_one_that_was_left()
    {
        var steps = 0;
        using (var run = Open(SaveMode.Asynchronous))
        {
            foreach (var step in run.Steps(20))
            {
                state = step + 1;
                steps++;
                if (step == 3)
                    run.SaveAtBoundary();
                if (step == 6)
                    Assert.Equal(ExitCodes.Incomplete, run.Finish(() => Assert.Fail("a half-done step is no end")));
            }

            Assert.Equal(7, steps);
            Assert.Equal(ExitCodes.Incomplete, run.Finish());
        }

        Assert.Equal(4, Resume());
    }

    [Fact]
    public void Behind_Dispose_nothing_goes_on()
    {
        var run = Open(SaveMode.Asynchronous);
        var steps = 0;
        foreach (var step in run.Steps(20))
        {
            state = step + 1;
            if (step == 3)
                run.SaveAtBoundary();
            if (++steps == 7)
                run.Dispose();
        }

        Assert.Equal(7, steps);
        Assert.Throws<InvalidOperationException>(() => run.Save(9));
        Assert.Equal(4, Resume());
    }

    public void Dispose() => folder.Dispose();

    // The folder is away while the state of the step is written, and the program goes on with newer ones.
    private void FailToSave(TrainingRun run, long step)
    {
        run.Restore();
        state = step;
        PosixDirectory.Rename(folder["c/attempts"], folder["attempts"]);
        Assert.Throws<CheckpointWriteException>(() => run.Save(step).Wait());
        PosixDirectory.Rename(folder["attempts"], folder["c/attempts"]);
        state = step + 3;
    }

    private TrainingRun Open(SaveMode mode)
    {
        var run = TrainingRun.Open(folder["c"], new() { Save = SaveSchedule.Never, SaveMode = mode, Logger = log });
        run.Track("state", () => state, value => state = value);
        return run;
    }

    private long Resume()
    {
        state = 0;
        using var run = TrainingRun.Open(folder["c"], new() { Logger = NullLogger.Instance });
        run.Track("state", () => state, value => state = value);
        Assert.Equal(run.Restore(), state);
        return state;
    }
}
