using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Posix;
using Cairn.Tests.Checkpoints;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Runs;

/// <summary>A metric belongs to the step in which it was reported, and what retention is to keep by it must exist.</summary>
public sealed class MetricTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ListLogger log = new();
    private long state;

    private bool isAway;

    private string Errors => string.Join('\n', log.Messages.Where(message => message.StartsWith("Error", StringComparison.Ordinal)));

    private string Warnings => string.Join('\n', log.Messages.Where(message => message.StartsWith("Warning", StringComparison.Ordinal)));

    [Theory]
    [InlineData("")]
    [InlineData("cairn.started_from")]
    [InlineData("half")]
    public void A_name_that_no_checkpoint_could_carry_is_refused_where_it_is_reported(string metric)
    {
        using var run = Open(SaveSchedule.EverySteps(10), Retention.KeepAll);
        foreach (var step in run.Steps(1))
            Assert.Throws<ArgumentException>(() => run.Report(metric == "half" ? "half a pair \ud83d" : metric, 1)); // which no attribute can hold
        Assert.Equal(0, run.Finish());
    }

    [Fact]
    public void The_best_checkpoint_is_that_of_the_step_whose_value_was_the_best()
    {
        using (var run = Open(SaveSchedule.EverySteps(10), Retention.Any(Retention.KeepBest("val", 1), Retention.KeepLast(2)), when: WhenStillSaving.Wait))
        {
            foreach (var step in run.Steps(300))
            {
                state = step + 1;
                if (step % 100 == 99)
                    run.Report("val", step == 99 ? 0.1 : 0.9);
            }

            Assert.Equal(0, run.Finish());
        }

        Assert.Equal([100, 290, 300], Saved().Select(one => one.Step));
        Assert.Equal([0.1, null, 0.9], Saved().Select(one => one.Metric));
    }

    [Theory]
    [InlineData(SaveMode.Asynchronous)]
    [InlineData(SaveMode.Synchronous)]
    public void A_save_of_ones_own_that_is_made_again_carries_them_again(SaveMode mode)
    {
        using (var run = Open(SaveSchedule.Never, Retention.KeepAll, mode, path: folder["c"]))
        {
            run.Restore();
            run.Report("val", 1);
            PosixDirectory.Rename(folder["c/attempts"], folder["away"]);
            Assert.Throws<CheckpointWriteException>(() => run.Save(10).Wait());
            PosixDirectory.Rename(folder["away"], folder["c/attempts"]);
            run.Save(10).Wait();
            run.Save(20).Wait();
        }

        Assert.Equal([(10, 1.0), (20, null)], Saved(folder["c"]));
    }

    [Theory]
    [InlineData(SaveMode.Asynchronous)]
    [InlineData(SaveMode.Synchronous)]
    [InlineData(SaveMode.Overlapped)]
    public void A_step_whose_metric_retention_chooses_by_is_saved_whatever_the_schedule_says(SaveMode mode)
    {
        using (var run = Open(SaveSchedule.Never, Retention.KeepBest("val", 2, MetricGoal.Maximize), mode))
        {
            foreach (var step in run.Steps(50))
            {
                run.BeforeOptimizerStep();
                state = step + 1;
                if (step is 6 or 7 or 20)
                    run.Report("val", 100 - step);
            }

            Assert.Equal(0, run.Finish());
        }

        Assert.Equal([(7, 94.0), (8, 93.0), (21, 80.0), (50, null)], Saved());
        Assert.Equal(["metric", "metric", "metric", "last"], Events().OfType<Saved>().Select(saved => saved.Reason));
        Assert.Equal([7, 8, 21, 50], Saved().Select(one => StateOf(one.Step)));
    }

    [Fact]
    public void It_is_saved_even_while_another_save_is_being_written()
    {
        using (var run = Open(SaveSchedule.EverySteps(1), Retention.Any(Retention.KeepAll, Retention.KeepBest("val", 1))))
        {
            foreach (var step in run.Steps(60))
            {
                state = step + 1;
                if (step % 7 == 3)
                    run.Report("val", step);
            }

            Assert.Equal(0, run.Finish());
        }

        Assert.Equal(Enumerable.Range(0, 60).Where(step => step % 7 == 3).Select(step => (step + 1L, (double?)step)), Saved().Where(one => one.Metric is not null));
    }

    [Theory]
    [InlineData(0, WhenStillSaving.Skip, SaveMode.Asynchronous)]
    [InlineData(5, WhenStillSaving.Skip, SaveMode.Asynchronous)] // the schedule's save is due at the very boundary at which it is tried again
    [InlineData(5, WhenStillSaving.Wait, SaveMode.Asynchronous)]
    [InlineData(0, WhenStillSaving.Skip, SaveMode.Overlapped)]
    [InlineData(5, WhenStillSaving.Wait, SaveMode.Overlapped)]
    public void A_save_of_it_that_fails_is_made_again_of_that_very_step(int every, WhenStillSaving when, SaveMode mode)
    {
        var schedule = every == 0 ? SaveSchedule.Never : SaveSchedule.EverySteps(every);
        using (var run = Open(schedule, Retention.KeepBest("val", 1), mode, when, folder["c"]))
        {
            foreach (var step in run.Steps(20))
            {
                run.BeforeOptimizerStep();
                state = step + 1;
                if (step == 3)
                {
                    run.Report("val", 0.5);
                    TakeAway();
                }
                else if (step == 4)
                {
                    AwaitFailure();
                    BringBack();
                }
            }

            Assert.Equal(0, run.Finish());
        }

        Assert.Equal((4, 0.5), Saved(folder["c"])[0]);
        Assert.Equal((20, null), Saved(folder["c"])[^1]);
        Assert.Equal(4, StateOf(4, folder["c"]));
        Assert.DoesNotContain("its state is not there any more", Errors, StringComparison.Ordinal);
    }

    // Training waits for such a save, so the state is there for one more try; and then it is not.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_a_copy_it_is_tried_once_more_at_that_boundary_and_then_the_loss_is_told(bool helps)
    {
        using (var run = Open(SaveSchedule.EverySteps(10), Retention.Any(Retention.KeepBest("val", 1), Retention.KeepAll), SaveMode.Synchronous, path: folder["c"]))
        {
            var taken = 0;
            run.Track("taken", () => isAway && ++taken == 2 && helps ? BringBack() : 0, _ => { });
            foreach (var step in run.Steps(20))
            {
                state = step + 1;
                if (step == 3)
                {
                    run.Report("val", 0.5);
                    TakeAway();
                }
                else if (isAway)
                {
                    BringBack();
                }
            }

            Assert.Equal(0, run.Finish());
        }

        Assert.Equal(helps, Saved(folder["c"]).Contains((4, 0.5)));
        Assert.Equal(!helps, Errors.Contains("step 4, for whose metric retention would have kept it, could not be saved", StringComparison.Ordinal));
        if (!helps)
            return;
        using var saved = Checkpoint.Open(folder["c"], 4);
        Assert.Equal(4, saved.Part("state").Values["value"].Integer);
    }

    [Fact]
    public void Of_two_that_fail_one_after_the_other_the_one_whose_copy_is_given_up_is_told()
    {
        using (var run = Open(SaveSchedule.Never, Retention.Any(Retention.KeepBest("val", 2), Retention.KeepAll), path: folder["c"]))
        {
            foreach (var step in run.Steps(20))
            {
                state = step + 1;
                if (step is 3 or 4)
                    run.Report("val", step);
                if (step == 3)
                    TakeAway();
                if (step == 5)
                    BringBack();
            }

            Assert.Equal(0, run.Finish());
        }

        Assert.Contains((5, 4.0), Saved(folder["c"]));
        Assert.DoesNotContain(4, Saved(folder["c"]).Select(one => one.Step));
        Assert.Contains("step 4, for whose metric retention would have kept it, could not be saved", Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_metric_that_retention_does_not_know_makes_no_save()
    {
        using (var run = Open(SaveSchedule.EverySteps(4), Retention.KeepAll))
        {
            foreach (var step in run.Steps(8))
                run.Report("val", step);
            Assert.Equal(0, run.Finish());
        }

        Assert.Equal([(4, 3.0), (8, 7.0)], Saved());
    }

    [Fact]
    public void Not_a_number_is_never_the_best_and_makes_no_save()
    {
        using (var run = Open(SaveSchedule.Never, Retention.KeepBest("val", 1)))
        {
            foreach (var step in run.Steps(8))
                run.Report("val", double.NaN);
            Assert.Equal(0, run.Finish());
        }

        Assert.Equal([8], Saved().Select(one => one.Step));
    }

    [Fact]
    public void A_value_that_belongs_to_no_step_is_told_of()
    {
        using (var run = Open(SaveSchedule.Never, Retention.KeepBest("val", 1)))
        {
            run.Report("val", 1);
            Assert.Contains("val was reported before the first step: no checkpoint carries it", Warnings, StringComparison.Ordinal);
            foreach (var step in run.Steps(3))
                state = step + 1;
            run.Report("val", 2);
            Assert.Contains("val was reported after the last step", Warnings, StringComparison.Ordinal);
            Assert.Equal(0, run.Finish());
        }

        Assert.Equal([(3, null)], Saved());
    }

    [Fact]
    public void The_value_of_the_last_step_before_early_stopping_is_kept()
    {
        using (var run = Open(SaveSchedule.Never, Retention.KeepBest("val", 1)))
        {
            foreach (var step in run.Steps(100))
            {
                state = step + 1;
                if (step != 4)
                    continue;
                run.Complete();
                run.Report("val", 0.5);
                break;
            }

            Assert.Equal(0, run.Finish());
        }

        Assert.Equal([(5, 0.5)], Saved());
    }

    [Fact]
    public void A_report_in_every_step_is_told_of_once()
    {
        using (var run = Open(SaveSchedule.Never, Retention.KeepBest("val", 1)))
        {
            foreach (var step in run.Steps(30))
                run.Report("val", step);
            Assert.Equal(0, run.Finish());
        }

        Assert.Single(log.Messages, message => message.Contains("Report it after an evaluation alone", StringComparison.Ordinal));
    }

    [Fact]
    public void In_a_loop_of_ones_own_it_belongs_to_the_next_save_alone()
    {
        using (var run = Open(SaveSchedule.Never, Retention.KeepAll))
        {
            run.Restore();
            run.Report("val", 1);
            run.Save(10).Wait();
            run.Save(20).Wait();
        }

        Assert.Equal([(10, 1.0), (20, null)], Saved());
    }

    [Fact]
    public void A_save_can_be_asked_for()
    {
        using (var run = Open(SaveSchedule.Never, Retention.KeepAll))
        {
            foreach (var step in run.Steps(20))
            {
                state = step + 1;
                if (step is 3 or 4 or 11)
                    run.SaveAtBoundary();
            }

            Assert.Equal(0, run.Finish());
        }

        Assert.Equal([4, 5, 12, 20], Saved().Select(one => one.Step));
        Assert.Equal(["program", "program", "program", "last"], Events().OfType<Saved>().Select(saved => saved.Reason));
    }

    public void Dispose() => folder.Dispose();

    // Nobody can tell any more whose folder it is, so no save succeeds.
    private void TakeAway()
    {
        PosixDirectory.Rename(folder["c/attempts"], folder["away"]);
        isAway = true;
    }

    private int BringBack()
    {
        isAway = false;
        PosixDirectory.Rename(folder["away"], folder["c/attempts"]);
        return 0;
    }

    private void AwaitFailure() => Assert.True(
        SpinWait.SpinUntil(() => File.ReadAllText(folder["away/0001.jsonl"]).Contains("save-failed", StringComparison.Ordinal), TimeSpan.FromMinutes(1)));

    private TrainingRun Open(SaveSchedule schedule, RetentionPolicy keep, SaveMode mode = SaveMode.Asynchronous, WhenStillSaving when = WhenStillSaving.Skip, string? path = null)
    {
        var run = TrainingRun.Open(path ?? folder.Path, new() { Save = schedule, Keep = keep, SaveMode = mode, WhenStillSaving = when, Logger = log });
        run.Track("state", () => state, value => state = value);
        run.Track("model", TestPart.Model(1));
        return run;
    }

    private IReadOnlyList<(long Step, double? Metric)> Saved(string? path = null) =>
        [.. new CheckpointStore(path ?? folder.Path, NullLogger.Instance, TimeProvider.System).List()
            .Select(entry => (entry.Step, entry.ReadRecord().Metadata.GetValueOrDefault("val")?.Real))
            .OrderBy(one => one.Step)];

    private long StateOf(long step, string? path = null)
    {
        var value = -1L;
        var parts = new Dictionary<string, ICheckpointPart> { ["state"] = new ValuePart<long>(() => value, restored => value = restored), ["model"] = TestPart.Model(1) };
        Assert.Equal(step, Stores.At(path ?? folder.Path).Restore(parts, step)!.Step);
        return value;
    }

    private IReadOnlyList<JournalEvent> Events() => AttemptStory.ReadAll(folder.Path).Single().Events;
}
