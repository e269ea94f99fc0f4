using Cairn.Posix;

namespace Cairn.Cli.Tests.Ranks;

/// <summary>What becomes of the others, and of the job, when a rank goes: at any point it is requeued or given up, nobody waits for ever, and who it was is said.</summary>
public sealed class LostRanksTests
{
    private const string Waits = "--step-ms 4 --say 80 ";
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("CAIRN_LONG") == "1";

    /// <summary>Where a rank is killed: the trainer's options, what is waited for (and in which attempt), and which ranks are tried without the long form.</summary>
    private static readonly (string Point, string Arguments, string Says, int Attempt, int[] Quick)[] Points =
    [
        ("before its first step", "--slow-start 4 --rank 2", "rank 3 is process", 1, []),
        ("in a step", Waits + "--save-every 40", "step 80", 1, [0, 1]),
        ("in a save of the schedule", Waits + "--slow-save 2 --save-every 80", ": saves", 1, []),
        ("in the save of a stop", Waits + "--slow-save 2 --save-every 1000000", ": saves", 1, [1]),
        ("in the restore", Waits + "--slow-restore 2", ": restores", 2, [0]),
        ("in the last work", Waits + "--slow-end 3", "last work", 1, []),
    ];

    public static TheoryData<string, int> Kills() => [.. Points.SelectMany(one => (IsLong ? [0, 1, 3] : one.Quick).Select(rank => (one.Point, rank)))];

    [Theory]
    [MemberData(nameof(Kills))]
    public async Task A_rank_that_is_killed_ends_the_attempt_and_the_job_comes_back(string point, int rank)
    {
        var (_, arguments, says, attempt, _) = Points.Single(one => one.Point == point);
        using var play = new RankPlay(4, ["--time", "5m"], arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        if (attempt == 2 || point == "in the save of a stop")
        {
            await play.Says("step 80", 4);
            await play.Signal(2, SignalName.Usr2);
        }

        await play.Says(says);
        await play.Signal(rank, SignalName.Kill, attempt);
        var end = await play.WaitForEnd();
        Assert.True(end.Report?.State == "COMPLETED", $"rank {rank} killed {point}: {end.Report?.State}\n{play.Log}");
        Assert.Equal(attempt + 1, end.Report!.Attempts.Count);
        Assert.Contains($"rank {rank}", play.Log.Split("its connection is closed")[0][^40..], StringComparison.Ordinal);
        await play.HasFinishedAsIfNobodyHadStoppedIt($"rank {rank} killed {point}", lost: 1);
        if (point == "in the save of a stop" && rank > 0)
            Assert.Contains("resumes at step", play.Log, StringComparison.Ordinal); // rank 0 has all of the state, and saves it alone
    }

    [Theory]
    [InlineData(2, "requeue")]
    [InlineData(4, "show job")]
    public async Task When_rank_0_dies_between_the_commit_and_the_requeue_another_requeues(int ranks, string command)
    {
        using var play = new RankPlay(
            ranks, ["--time", "5m"], ["--step-ms", "4", "--say", "80"],
            $"if [ \"$SLURM_PROCID\" = 0 ] && [ ! -e killed ] && [[ \"$*\" == '{command}'* ]] && ls checkpoints/step-* > /dev/null 2>&1; then touch killed; kill -KILL $PPID; exit 1; fi");
        await play.Says("step 80", ranks);
        await play.Signal(1, SignalName.Usr2);
        await play.HasFinishedAsIfNobodyHadStoppedIt($"rank 0 killed at '{command}'");
        Assert.Contains("stands in for rank 0", play.Log, StringComparison.Ordinal);
        Assert.Equal(2, (await play.WaitForEnd()).Report!.Attempts.Count);
    }

    // As when a node's memory is used up: Linux kills all that is there, and rank 0 with those that are beside it.
    [Fact]
    public async Task When_all_ranks_beside_rank_0_die_with_it_one_of_another_node_requeues()
    {
        using var play = new RankPlay(8, ["--time", "5m", "--nodes", "2"], ["--step-ms", "4", "--say", "80"]);
        await play.Says("step 80", 8);
        int[] node = [await play.Process(0), await play.Process(1), await play.Process(2), await play.Process(3)];
        foreach (var signal in (int[])[SignalName.Stop, SignalName.Kill]) // so that none of them decides anything before it dies
            Array.ForEach(node, process => _ = Libc.Kill(process, signal));
        await play.HasFinishedAsIfNobodyHadStoppedIt("all of the first node killed", lost: 4);
        Assert.Contains($"rank 4 on {Environment.MachineName}-node2 stands in for rank 0", play.Log, StringComparison.Ordinal);
        Assert.Equal(2, (await play.WaitForEnd()).Report!.Attempts.Count);
    }

    [Fact]
    public async Task Who_stands_in_for_rank_0_asks_again_when_it_hears_a_signal_meanwhile()
    {
        // As the TERM of srun --kill-on-bad-exit, which comes at the same time.
        using var play = new RankPlay(
            2, ["--time", "5m"], ["--step-ms", "4", "--say", "80"],
            "if [ ! -e told ] && [[ \"$SLURM_PROCID $*\" == '1 show job'* ]] && [ -e killed ]; then touch told; kill -TERM $PPID; sleep 0.5; fi");
        await play.Says("step 80", 2);
        await play.MakeFile("killed");
        await play.Signal(0, SignalName.Kill);
        await play.HasFinishedAsIfNobodyHadStoppedIt("rank 0 killed, and a TERM to the one that stands in for it", lost: 1);
        Assert.True(play.HasFile("told"), play.Log);
    }

    [Fact]
    public async Task A_job_whose_rank_0_always_dies_is_given_up()
    {
        using var play = new RankPlay(2, ["--time", "5m"], ["--step-ms", "4"]);
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            await play.Says("starts at step 0", attempt);
            await play.Signal(0, SignalName.Kill, attempt);
        }

        var end = await play.WaitForEnd();
        Assert.Equal(("FAILED", 3), (end.Report!.State, end.Report.Attempts.Count));
        Assert.Contains("not requeued, because attempts 1, 2 and 3 ended by limit, crash or hang without a new checkpoint", play.Log, StringComparison.Ordinal);
    }
}
