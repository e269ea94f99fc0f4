using Cairn.Attempts;
using Cairn.Runs;
using Microsoft.Extensions.Time.Testing;

namespace Cairn.Tests.Runs;

/// <summary>Two tasks of one step on one machine, with the variables that srun sets: rank 0 saves and decides, the other goes by its journal.</summary>
public class FirstRankTests
{
    private static Trainer Start(TemporaryFolder folder, int rank, int restarts, params string[] arguments) => Trainer.StartUnder(
        ["/usr/bin/env", "PATH=" + folder["bin"], "SLURM_JOB_ID=17", "SLURM_STEP_ID=0", "SLURM_STEP_NUM_TASKS=2", $"SLURM_PROCID={rank}", $"SLURM_RESTART_COUNT={restarts}"],
        folder["checkpoints"], 1_000_000, [.. arguments, "--delay", "20", "--first-only"]);

    [Fact]
    public void The_other_rank_waits_for_rank_0_at_the_start_and_at_a_stop()
    {
        using var folder = new TemporaryFolder();
        using var second = Start(folder, 1, 0);
        using var first = Start(folder, 0, 0);
        second.WaitFor("step 5");
        first.WaitFor("step 5");
        second.Signal("USR2");
        second.WaitFor("finish");
        Assert.False(second.EndsWithin(TimeSpan.FromSeconds(1)), "the other rank left before rank 0 had saved");
        first.Signal("USR2");
        Assert.Equal((ExitCodes.RequeueFailed, ExitCodes.Success), (first.WaitForEnd().ExitCode, second.WaitForEnd().ExitCode)); // there is no scontrol here
        var story = Assert.Single(AttemptStory.ReadAll(folder["checkpoints"]));
        Assert.Equal(("0", 2), (story.Claim!.Step, story.Claim.WorldSize));
    }

    [Fact]
    public void When_rank_0_alone_is_told_to_stop_the_other_stops_too()
    {
        using var folder = new TemporaryFolder();
        using var second = Start(folder, 1, 0);
        using var first = Start(folder, 0, 0);
        second.WaitFor("step 5");
        first.Signal("USR2");
        Assert.Equal((ExitCodes.RequeueFailed, ExitCodes.Success), (first.WaitForEnd().ExitCode, second.WaitForEnd().ExitCode)); // there is no scontrol here
    }

    [Fact]
    public void The_other_rank_waits_for_a_rank_0_that_lives_and_not_for_one_that_died()
    {
        using var folder = new TemporaryFolder();
        var time = new FastTime(100);
        using var claim = AttemptClaim.Take(folder["checkpoints"], [], number => new AttemptStarted(
            time.GetUtcNow(), number, "17", 0, "7", 2, ProcessIdentity.Current, "train", "0.1.0"));
        var first = FirstRank.WaitForClaim(folder["checkpoints"], _ => true, time, TimeSpan.FromMinutes(3));
        var heart = new Heartbeat(claim, time);
        var (began, resumes) = (time.GetTimestamp(), TimeSpan.FromMinutes(10));
        var beating = new Thread(() =>
        {
            while (time.GetElapsedTime(began) < resumes)
            {
                heart.BeatWhenDue();
                Thread.Sleep(10);
            }

            claim.Journal.Write(new Resumed(time.GetUtcNow(), 20, "step-0000000020", 0, 0, [], [], null));
        });
        beating.Start();
        Assert.Equal(20, first.WaitForResume()!.Step);
        beating.Join();
        Assert.True(time.GetElapsedTime(began) >= resumes);

        var error = Assert.Throws<FirstRankException>(first.WaitForEnd);
        Assert.Contains("rank 0 died, or hangs", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_other_rank_goes_on_where_rank_0_went_on_although_it_has_saved_since()
    {
        using var folder = new TemporaryFolder();
        using (var before = Start(folder, 0, 0))
        {
            before.WaitFor("step 12");
            before.Signal("USR2");
            before.WaitForEnd();
        }

        var saved = AttemptStory.ReadAll(folder["checkpoints"]).Single().Events.OfType<Saved>().Last().Step;
        using var first = Start(folder, 0, 1, "--save-every", "1", "--delay", "3000");
        first.WaitFor($"step {saved + 1}");
        first.Signal("STOP"); // it saves no more: the checkpoint that it began with stays
        using var second = Start(folder, 1, 1);
        second.WaitFor($"step {saved}");
    }

    [Fact]
    public void All_ranks_begin_with_the_same_checkpoint_of_another_run_although_that_one_goes_on()
    {
        using var folder = new TemporaryFolder();
        Trainer.Run(folder["pretrained"], 10);
        using var first = Start(folder, 0, 0, "--start-from", folder["pretrained"]);
        var began = first.WaitForLine("begins at 0 with ");
        Trainer.Run(folder["pretrained"], 20);
        using var second = Start(folder, 1, 0, "--start-from", folder["pretrained"]);
        Assert.Equal(began, second.WaitForLine("begins at 0 with "));
    }

    [Fact]
    public void A_step_that_comes_after_another_in_the_same_job_does_not_take_that_ones_rank_0_for_its_own()
    {
        using var folder = new TemporaryFolder();
        using var old = AttemptClaim.Take(folder["checkpoints"], [], number => new AttemptStarted(
            TimeProvider.System.GetUtcNow(), number, "17", 0, "7", 2, ProcessIdentity.Current with { StartTicks = 1 }, "train", "0.1.0"));
        Assert.Throws<FirstRankException>(() => FirstRank.WaitForClaim(folder["checkpoints"], claim => claim.Step == "8", TimeProvider.System, TimeSpan.FromSeconds(0.3)));
        Assert.Equal(1, FirstRank.WaitForClaim(folder["checkpoints"], claim => claim.Step == "7", TimeProvider.System, TimeSpan.FromSeconds(0.3)).Attempt);
    }

    [Fact]
    public void A_rank_is_stuck_when_rank_0_is_gone_and_no_step_ends_for_a_minute()
    {
        var time = new FakeTimeProvider();
        var watch = new FirstRankWatch(null!, null!, time);
        Assert.False(IsStuckAfter(0, isGone: true, stepsDone: 7));
        Assert.False(IsStuckAfter(59, isGone: true, stepsDone: 7));
        Assert.False(IsStuckAfter(30, isGone: true, stepsDone: 8));
        Assert.False(IsStuckAfter(59, isGone: true, stepsDone: 8));
        Assert.False(IsStuckAfter(600, isGone: false, stepsDone: 8)); // running, or finished: who comes later has its time
        Assert.True(IsStuckAfter(1, isGone: true, stepsDone: 8));

        bool IsStuckAfter(int seconds, bool isGone, long stepsDone)
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            return watch.IsStuck(isGone, stepsDone, time.GetTimestamp());
        }
    }
}
