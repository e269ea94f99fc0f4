using Cairn.Runs;

namespace Cairn.Tests.Runs;

public sealed class RankStandTests
{
    private const string Detail = "asleep";

    [Fact]
    public void All_in_one_step() =>
        Assert.Equal("all 64 ranks have been in step 812 for 1 min 34 s", InWords([.. Ranks(64, 812)]));

    [Fact]
    public void One_alone_behind() =>
        Assert.Equal(
            "rank 37 on n12 has been in step 812 for 1 min 34 s (asleep), 63 ranks wait in step 813",
            InWords([.. Ranks(64, 813).Where(stand => stand.Rank != 37), At(37, "n12", 812)]));

    [Fact]
    public void One_alone_ahead() =>
        Assert.Equal("63 ranks have been in step 812 for 1 min 34 s, rank 0 on n1 waits in step 813", InWords([At(0, "n1", 813), .. Ranks(64, 812).Skip(1)]));

    [Fact]
    public void Some_behind_in_other_things_and_one_that_does_not_answer() =>
        Assert.Equal(
            "rank 3 on n1 has been in a save of step 811 for 1 min 34 s (asleep), rank 1 on n1 and rank 2 on n2 have been in step 812 for 1 min 34 s (asleep; asleep), 9 ranks wait in step 813; ranks 12, 13 did not answer",
            RankStand.InWords([At(2, "n2", 812), At(1, "n1", 812), At(3, "n1", 811) with { Phase = RunPhase.Saving }, .. Ranks(9, 813)], [12, 13]));

    [Fact]
    public void It_goes_over_the_wire()
    {
        var stand = At(5, "n1", 7) with { Phase = RunPhase.Restoring };
        Assert.Equal(stand, RankStand.Of(5, 7, stand.ToText()));
        Assert.Null(RankStand.Of(5, 7, "n1"));
    }

    private static string InWords(IReadOnlyList<RankStand> stands) => RankStand.InWords(stands, []);

    private static IEnumerable<RankStand> Ranks(int count, long step) => Enumerable.Range(0, count).Select(rank => At(rank, "n1", step));

    private static RankStand At(int rank, string node, long step) => new(rank, node, step, RunPhase.InStep, TimeSpan.FromSeconds(94), Detail);
}
