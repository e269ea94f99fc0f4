using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Runs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Runs;

/// <summary>In whatever way a loop ends, the run does the right thing or says what is wrong; and how it ended has a name.</summary>
/// <remarks>Not beside others: a run that is left without Finish sets the exit code of the process, which all tests share.</remarks>
[Collection(nameof(LoopEndTests))]
[CollectionDefinition(nameof(LoopEndTests), DisableParallelization = true)]
public sealed class LoopEndTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private readonly int exitCode = Environment.ExitCode; // a run that is disposed of without Finish says there how it ended
    private readonly TemporaryFolder folder = new();
    private readonly ListLogger log = new();
    private long state;

    private string Messages => string.Join('\n', log.Messages);

    [Fact]
    public void Steps_can_be_gone_through_by_one_foreach_and_nothing_else()
    {
        Assert.Empty(typeof(StepSequence).GetInterfaces());
        using var run = Open();
        var steps = run.Steps(3);
        foreach (var step in steps)
            state = step + 1;
        Assert.Contains("once, by one foreach", Assert.Throws<InvalidOperationException>(() => steps.GetEnumerator()).Message, StringComparison.Ordinal);
        Assert.Contains("once, by one foreach", Assert.Throws<InvalidOperationException>(() => run.Steps(4).GetEnumerator().MoveNext()).Message, StringComparison.Ordinal);
        Assert.Equal(3, state);
        Assert.Equal(RunOutcomeKind.Finished, run.Finish().Kind);
    }

    [Fact]
    public async Task They_work_in_a_method_that_waits()
    {
        using var run = Open();
        foreach (var step in run.Steps(3))
        {
            await Task.Yield();
            state = step + 1;
        }

        Assert.Equal(RunOutcomeKind.Finished, run.Finish().Kind);
        Assert.Equal(3, Resume());
    }

    [Fact]
    public void Restore_before_Steps_shows_the_state_and_what_is_changed_then_counts()
    {
        Train(5, stopAfter: 3);
        state = -1;
        using (var run = Open())
        {
            Assert.Equal(3, run.Restore());
            Assert.Equal(3, state);
            state = 100;
            Assert.Equal(3, run.Restore());
            Assert.Equal(100, state);
            foreach (var step in run.Steps(5))
            {
                Assert.Equal((step, 100 + step - 3), (step, state));
                state++;
            }

            Assert.Equal(RunOutcomeKind.Finished, run.Finish().Kind);
        }

        Assert.Equal(102, Resume(at: 5));
    }

    [Fact]
    public void A_loop_of_ones_own_ends_at_its_last_boundary_and_is_finished()
    {
        Assert.Equal(RunOutcomeKind.Finished, OwnLoop(7).Kind);
        Assert.Equal(7, Resume());
        Assert.Equal(RunOutcomeKind.FinishedBefore, OwnLoop(7).Kind);
        Assert.Equal(RunOutcomeKind.Finished, OwnLoop(9).Kind);
        Assert.Equal(9, Resume());
    }

    [Fact]
    public void It_is_stopped_at_the_next_boundary_and_goes_on_there()
    {
        var outcome = OwnLoop(7, step => step == 4);
        Assert.Equal(new RunOutcome(RunOutcomeKind.StoppedForGood, ExitCodes.Terminated), outcome);
        Assert.Equal(5, Resume());
        Assert.Equal(RunOutcomeKind.Finished, OwnLoop(7).Kind);
        Assert.Equal(7, Resume());
    }

    [Fact]
    public void A_loop_of_ones_own_whose_last_work_was_cut_does_it_at_the_next_start()
    {
        using (var run = Open())
        {
            run.Restore();
            state = 3;
            Assert.False(run.Boundary(3, last: true));
        }

        Assert.Contains("all steps are done, and Finish() was not called", Messages, StringComparison.Ordinal);
        var done = 0;
        Assert.Equal(RunOutcomeKind.Finished, OwnLoop(3, lastWork: () => done++).Kind);
        Assert.Equal(1, done);
    }

    [Fact]
    public void A_loop_of_ones_own_of_which_nothing_says_that_it_is_done_is_not_finished()
    {
        using var run = Open(SaveSchedule.EverySteps(2));
        run.Restore();
        for (state = 1; state <= 5; state++)
            Assert.True(run.Boundary(state));
        Assert.Equal(new RunOutcome(RunOutcomeKind.Left, ExitCodes.Incomplete), run.Finish(() => Assert.Fail("not the end")));
        Assert.Contains("Boundary(5, last: true)", Messages, StringComparison.Ordinal);
        Assert.Contains("the next start goes on from step 4", Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Boundaries_that_make_no_sense_are_errors_or_told_of()
    {
        using var run = Open();
        Assert.Contains("Restore() must come before Boundary()", Assert.Throws<InvalidOperationException>(() => run.Boundary(1)).Message, StringComparison.Ordinal);
        run.Restore();
        Assert.True(run.Boundary(1));
        Assert.Contains("which grows from one to the next", Assert.Throws<ArgumentOutOfRangeException>(() => run.Boundary(1)).Message, StringComparison.Ordinal);
        Assert.False(run.Boundary(2, last: true));
        Assert.False(run.Boundary(3));
        Assert.False(run.Boundary(4));
        Assert.Single(log.Messages, message => message.Contains("what it trains now is not saved", StringComparison.Ordinal));
        Assert.Contains("after the loop's end", Assert.Throws<InvalidOperationException>(() => run.Save(5)).Message, StringComparison.Ordinal);
        Assert.Equal(2, run.StepsDone);
        Assert.Equal(0, run.Finish());
        Assert.Throws<InvalidOperationException>(() => run.Boundary(5));
    }

    [Fact]
    public void Within_Steps_a_boundary_of_ones_own_is_an_error()
    {
        using var run = Open();
        foreach (var step in run.Steps(2))
            Assert.Contains("SaveAtBoundary()", Assert.Throws<InvalidOperationException>(() => run.Boundary(step + 1)).Message, StringComparison.Ordinal);
        Assert.Equal(0, run.Finish());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_loop_that_is_left_because_of_a_stop_ends_as_a_stop_and_tells_what_is_lost(bool finishes)
    {
        using (var run = Open(SaveSchedule.EverySteps(4)))
        {
            foreach (var step in run.Steps(20))
            {
                state = step + 1;
                if (step == 6)
                    run.RequestStop("a test");
                if (run.StopRequested)
                    break;
            }

            if (finishes)
                Assert.Equal(RunOutcomeKind.StoppedForGood, run.Finish(() => Assert.Fail("not the end")).Kind);
            run.Dispose();
            Assert.Equal(new RunOutcome(RunOutcomeKind.StoppedForGood, ExitCodes.Terminated), run.Outcome);
        }

        Assert.Contains("the loop was left in the body of step 6", Messages, StringComparison.Ordinal);
        Assert.Contains("the newest checkpoint is of step 4", Messages, StringComparison.Ordinal);
        Assert.NotNull(Story().Events.OfType<Stopped>().Single());
        Assert.Equal(4, Resume());
    }

    [Fact]
    public void Where_there_is_no_checkpoint_that_is_said_and_none_of_step_0_is_named()
    {
        using (var run = Open(SaveSchedule.EverySteps(100)))
        {
            foreach (var step in run.Steps(20))
            {
                if (step < 2)
                    continue;
                run.RequestStop("a test");
                break;
            }

            Assert.Equal(RunOutcomeKind.StoppedForGood, run.Finish().Kind);
        }

        using (var run = Open(SaveSchedule.EverySteps(100)))
        {
            foreach (var step in run.Steps(20))
            {
                if (step == 2)
                    break;
            }

            Assert.Equal(RunOutcomeKind.Left, run.Finish().Kind);
        }

        Assert.Contains("so it is not saved; there is no checkpoint yet. The next boundary", Messages, StringComparison.Ordinal);
        Assert.Contains("not marked as finished; there is no checkpoint yet, so the next start begins anew", Messages, StringComparison.Ordinal);
        Assert.Contains("stopped at step 2, there is no checkpoint yet; ", Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("checkpoint is of step 0", Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("from step 0", Messages, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "there is no checkpoint yet")]
    [InlineData(1, "the newest checkpoint is of step 1")]
    public void So_says_a_stop(long saved, string words) => Assert.Equal(words, RunStop.Newest(saved));

    [Fact]
    public void So_does_a_loop_of_ones_own()
    {
        using var run = Open();
        for (var step = run.Restore(); step < 20 && !run.StopRequested;)
        {
            state = ++step;
            run.Boundary(step);
            if (step == 6)
                run.RequestStop("a test");
        }

        Assert.Equal(RunOutcomeKind.StoppedForGood, run.Finish().Kind);
        Assert.Contains("no boundary came after that of step 6", Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void A_return_in_the_loop_without_Finish_is_told_of()
    {
        Return();
        Assert.Contains("the loop was left in step 2 of 20 without Complete(), and Finish() was not called", Messages, StringComparison.Ordinal);
        Assert.Equal("left", Story().Events.OfType<AttemptEnded>().Single().Outcome);
        Assert.Equal(ExitCodes.Incomplete, Environment.ExitCode);

        void Return()
        {
            using var run = Open();
            foreach (var step in run.Steps(20))
            {
                if (step == 2)
                    return;
            }
        }
    }

    [Fact]
    public void A_forgotten_Finish_is_told_of_and_the_next_start_has_only_that_left()
    {
        using (var run = Open())
        {
            foreach (var step in run.Steps(3))
                state = step + 1;
        }

        Assert.Contains("all steps are done, and Finish() was not called", Messages, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Incomplete, Environment.ExitCode);
        using var again = Open();
        foreach (var step in again.Steps(3))
            Assert.Fail($"step {step} was done already");
        Assert.Equal(RunOutcomeKind.Finished, again.Finish().Kind);
    }

    [Fact]
    public void Last_work_that_throws_is_told_of_as_that_and_is_done_at_the_next_start()
    {
        Assert.Throws<InvalidDataException>(() => OwnLoop(3, lastWork: () => throw new InvalidDataException()));
        Assert.Contains("all steps are done, and an exception ended the last work: the run is not marked as finished", Messages, StringComparison.Ordinal);
        var done = 0;
        Assert.Equal(RunOutcomeKind.Finished, OwnLoop(3, lastWork: () => done++).Kind);
        Assert.Equal(1, done);
    }

    [Fact]
    public void Finish_without_a_loop_marks_nothing_as_finished()
    {
        using (var run = Open())
            Assert.Equal(RunOutcomeKind.Left, run.Finish(() => Assert.Fail("nothing was trained")).Kind);
        Assert.Contains("Finish() came without a loop", Messages, StringComparison.Ordinal);
        using (var run = Open())
        {
            run.Restore();
            Assert.Equal(RunOutcomeKind.Left, run.Finish(() => Assert.Fail("nothing was trained")).Kind);
        }

        Assert.All(AttemptStory.ReadAll(folder["c"]), story => Assert.Null(story.Finished));
    }

    [Fact]
    public void A_program_that_only_looks_at_the_state_says_nothing()
    {
        Train(5, stopAfter: 3);
        log.Messages.Clear();
        using (var run = Open())
            Assert.Equal(3, run.Restore());
        Assert.DoesNotContain("Finish()", Messages, StringComparison.Ordinal);
        Assert.Equal(exitCode, Environment.ExitCode);
    }

    [Fact]
    public void A_last_step_that_an_exception_breaks_off_is_not_stored_by_a_Finish_behind_it()
    {
        using (var run = Open())
        {
            try
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
            }
            catch (InvalidDataException)
            {
                // As a program that wants to end in order.
            }

            Assert.Equal(RunOutcomeKind.Left, run.Finish(() => Assert.Fail("not the end")).Kind);
        }

        Assert.Contains("an exception was thrown in step 6 after Complete()", Messages, StringComparison.Ordinal);
        Assert.Equal(4, Resume());
    }

    [Fact]
    public void An_exception_that_the_last_step_itself_catches_does_no_harm()
    {
        using (var run = Open())
        {
            foreach (var step in run.Steps(20))
            {
                state = step + 1;
                if (step != 6)
                    continue;
                run.Complete();
                Assert.Throws<InvalidDataException>(Throw);
            }

            Assert.Equal(RunOutcomeKind.Finished, run.Finish().Kind);
        }

        Assert.Equal(7, Resume());

        static void Throw() => throw new InvalidDataException();
    }

    [Fact]
    public void Complete_and_Finish_in_the_body_end_the_run_with_that_step()
    {
        using (var run = Open())
        {
            foreach (var step in run.Steps(20))
            {
                state = step + 1;
                if (step != 6)
                    continue;
                run.Complete();
                Assert.Equal(RunOutcomeKind.Finished, run.Finish().Kind);
            }
        }

        Assert.Equal(7, Resume());
    }

    [Fact]
    public void A_finished_run_whose_state_cannot_be_loaded_is_not_trained_on()
    {
        Train(3);
        using (var run = Open())
        {
            run.Track("new", () => 0L, _ => { });
            foreach (var step in run.Steps(3))
                Assert.Fail($"step {step} was done already");
            Assert.Contains("its state could not be loaded", Messages, StringComparison.Ordinal);
            Assert.Contains("nothing can be trained on from it", Assert.Throws<InvalidOperationException>(() => run.Save(4)).Message, StringComparison.Ordinal);
            Assert.Throws<InvalidOperationException>(() => run.Boundary(4));
        }

        Assert.Equal(3, Resume());
    }

    [Fact]
    public void What_the_program_has_changed_is_said_of_a_finished_run_too()
    {
        Run(0.1);
        Run(0.2);
        Assert.Contains("part 'rate': the program begins with value = 0.2, the run began with 0.1", Messages, StringComparison.Ordinal);

        void Run(double rate)
        {
            using var run = TrainingRun.Open(folder["c"], new() { Logger = log });
            run.Track("rate", new Setting(rate));
            foreach (var step in run.Steps(2))
                state = step + 1;
            Assert.Equal(0, run.Finish());
        }
    }

    [Fact]
    public void A_stop_is_a_token_too()
    {
        using var run = Open();
        Assert.False(run.Stopping.IsCancellationRequested);
        using var heard = new ManualResetEventSlim();
        using var registration = run.Stopping.Register(() =>
        {
            heard.Set();
            throw new InvalidDataException("of the program's own");
        });
        foreach (var step in run.Steps(20))
        {
            state = step + 1;
            if (step != 4)
                continue;
            run.RequestStop("a test");
            Assert.True(run.Stopping.WaitHandle.WaitOne(Patience));
            Assert.True(run.Stopping.IsCancellationRequested);
        }

        Assert.True(heard.Wait(Patience, TestContext.Current.CancellationToken));
        Assert.Equal(new RunOutcome(RunOutcomeKind.StoppedForGood, ExitCodes.Terminated), run.Finish());
        Assert.Equal(5, run.StepsDone);
        Assert.Equal(InterruptionKind.Requested, run.Interruption!.Kind);
        Assert.Contains("the program asks for a stop (a test)", Messages, StringComparison.Ordinal);
        Assert.Equal("Requested", Story().Events.OfType<Stopped>().Single().Cause);
        Assert.Equal(5, Resume());
    }

    [Fact]
    public void Who_asks_for_the_token_after_the_stop_gets_a_cancelled_one()
    {
        using var run = Open();
        run.RequestStop("a test");
        Assert.True(run.Stopping.IsCancellationRequested);
        Assert.Equal(RunOutcomeKind.StoppedForGood, run.Finish().Kind);
    }

    [Fact]
    public void Options_can_be_filled_one_after_another_and_a_run_takes_a_copy()
    {
        var options = new TrainingRunOptions();
        options.Save = SaveSchedule.EverySteps(2);
        options.Logger = log;
        using var run = TrainingRun.Open(folder["c"], options);
        options.Save = SaveSchedule.Never;
        Assert.Equal("every 2 steps", run.Options.Save.ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => options.MaxAttempts = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.Margin = TimeSpan.FromSeconds(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => options.RankPatience = TimeSpan.Zero);
    }

    public void Dispose()
    {
        Environment.ExitCode = exitCode;
        folder.Dispose();
    }

    private AttemptStory Story() => AttemptStory.ReadAll(folder["c"])[0];

    private TrainingRun Open(SaveSchedule? save = null)
    {
        var run = TrainingRun.Open(folder["c"], new() { Save = save ?? SaveSchedule.Never, WhenStillSaving = WhenStillSaving.Wait, Logger = log });
        run.Track("state", () => state, value => state = value);
        return run;
    }

    private void Train(long steps, long? stopAfter = null)
    {
        using var run = Open();
        foreach (var step in run.Steps(steps))
        {
            state = step + 1;
            if (state == stopAfter)
                run.RequestStop("a test");
        }

        run.Finish();
    }

    private RunOutcome OwnLoop(long steps, Predicate<long>? stopsIn = null, Action? lastWork = null)
    {
        using var run = Open();
        for (var step = run.Restore(); step < steps;)
        {
            Assert.True(step == 0 || step == state);
            state = step + 1;
            if (stopsIn?.Invoke(step) == true)
                run.RequestStop("a test");
            step++;
            if (!run.Boundary(step, last: step == steps))
                break;
        }

        return run.Finish(lastWork);
    }

    private long Resume(long? at = null)
    {
        state = 0;
        using var run = TrainingRun.Open(folder["c"], new() { Logger = NullLogger.Instance });
        run.Track("state", () => state, value => state = value);
        Assert.Equal(run.Restore(), at ?? state);
        return state;
    }

    private sealed class Setting(double chosen) : ICheckpointPart
    {
        private double value = chosen;

        public PartState Describe() => new() { Values = new Dictionary<string, PartValue>(StringComparer.Ordinal) { ["value"] = PartValue.From(value) } };

        public bool IsSetting(string name) => true;

        public IEnumerable<string> FindDifferences(PartRecord saved) => [];

        public void Restore(PartReader saved) => value = saved.Record.Values["value"].Real!.Value;
    }
}
