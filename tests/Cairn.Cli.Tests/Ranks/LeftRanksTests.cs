using Cairn.Posix;

namespace Cairn.Cli.Tests.Ranks;

/// <summary>Ranks that are not killed, and yet leave, never come, stand still or have nothing to do: the others do not wait for ever, and who it was is said.</summary>
public sealed class LeftRanksTests
{
    [Theory]
    [InlineData("--throw-at", 1, "rank 1 failed: InvalidOperationException: thrown on purpose: the others would wait for it for ever in step 80, so the run ends here")]
    [InlineData("--throw-at", 0, "rank 0 has ended the run (Left), and rank 1 on ")]
    [InlineData("--leave-at", 1, "rank 1 has left the loop: the others would wait for it for ever in step 80, so the run ends here")]
    [InlineData("--exit-at", 1, "rank 1 has ended its process: the others would wait for it for ever in step 80, so the run ends here")]
    [InlineData("--leave-at", 0, "rank 0 has ended the run (Left), and rank 1 on ")]
    public async Task A_rank_that_leaves_by_itself_ends_the_run_for_all(string how, int rank, string says)
    {
        using var play = new RankPlay(3, ["--time", "5m"], ["--step-ms", "4", "--save-every", "40", how, "80", "--rank", $"{rank}"]);
        var end = await play.WaitForEnd();
        Assert.Equal(("FAILED", 1), (end.Report!.State, end.Report.Attempts.Count));
        Assert.Contains(says, play.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("did not come to the end of step", play.Log, StringComparison.Ordinal);
        Assert.Null(play.Final);
    }

    [Fact]
    public async Task A_rank_that_never_comes_is_named_and_where_all_must_act_together_the_run_ends()
    {
        using var play = new RankPlay(3, ["--time", "5m"], ["--required", "--patience", "8", "--slow-start", "20", "--rank", "1"]);
        var end = await play.WaitForEnd();
        Assert.Equal(("FAILED", ExitCodes.RequeueFailed, 1), (end.Report!.State, end.ExitCode, end.Report.Attempts.Count));
        const string named = "error: rank 1 of 3 did not come within 8", heard = "error: not all ranks came: see rank 0's log";
        Assert.Contains(named, play.Log, StringComparison.Ordinal);

        // Rank 0, which has the hub, goes last: who has not heard it would take it for killed, and have the job requeued.
        Assert.InRange(play.Log.IndexOf(heard, StringComparison.Ordinal), 0, play.Log.IndexOf(named, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stop_before_the_first_step_does_not_wait_for_a_rank_that_the_warning_has_killed()
    {
        using var play = new RankPlay(3, ["--time", "5m"], ["--slow-start", "30", "--rank", "1", "--step-ms", "0"]);
        await play.Says("rank 1 is process");
        await play.Signal(1, SignalName.Kill);
        await Running.Sandbox.Until(() => play.HasClaimed, "rank 0's claim");
        await play.Signal(0, SignalName.Usr2);
        await play.Says("stopped before the first step; warned by USR2");
        Assert.Contains("rank 1 of 3 did not come within", play.Log, StringComparison.Ordinal);
        await play.Command("scancel", $"{play.JobId}");
        await play.WaitForEnd();
    }

    [Fact]
    public async Task A_rank_with_another_number_of_steps_says_so_at_the_start()
    {
        using var play = new RankPlay(2, ["--time", "5m"], ["--fewer", "20", "--rank", "1"]);
        const string both = "trains 230 steps in all, and rank 0 250: whoever waits for the other in every step hangs behind the fewer of them, so give all ranks the same";
        await play.Says(both);
        Assert.Contains(both, play.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rank_that_stands_still_for_a_while_is_waited_for()
    {
        using var play = new RankPlay(3, ["--time", "5m"], ["--step-ms", "4", "--say", "80"]);
        await play.Says("step 80", 3);
        await play.Signal(0, SignalName.Stop);
        await play.Signal(1, SignalName.Usr2);
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        await play.Signal(0, SignalName.Cont);
        await play.HasFinishedAsIfNobodyHadStoppedIt("rank 0 stopped for three seconds");
    }

    [Fact]
    public async Task A_finished_run_that_is_started_again_ends_on_all_ranks()
    {
        using var play = new RankPlay(3, ["--time", "5m"], ["--complete-at", "80"]);
        var end = await play.WaitForEnd();
        Assert.Equal("COMPLETED", end.Report!.State);
        play.AllEndedAtOneStep("complete at 80");
        Assert.Equal(["Finished at step 81", "Finished at step 81", "Finished at step 81"], play.Ends);
        var again = await play.Again();
        Assert.Equal(("COMPLETED", 1), (again.Report!.State, again.Report.Attempts.Count));
        Assert.Equal(3, play.Ends.Count(one => one.StartsWith("FinishedBefore", StringComparison.Ordinal)));
    }
}
