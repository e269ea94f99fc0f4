using Cairn.Attempts;

namespace Cairn.Cli.Tests.Ranks;

/// <summary>Where all ranks stand, said while one hangs. The trainer's clock goes 20 times as fast, for a step hangs after a minute at the earliest.</summary>
public sealed class HangingRankTests
{
    [Fact]
    public async Task A_rank_that_is_alone_behind_is_named_once_and_its_end_is_told()
    {
        using var play = Play("--rank", "2");
        await play.HasFinishedAsIfNobodyHadStoppedIt("rank 2 slept in step 80");
        var told = Assert.Single(play.Log.Split('\n'), line => line.Contains("no step boundary for", StringComparison.Ordinal));
        Assert.Matches($@"after step 81, .*: rank 2 on {Environment.MachineName} has been in step 80 for [^(]+ \(the process used .* of CPU time in it, its main thread .*\), 3 ranks wait in step 81\. Here the process used", told);
        Assert.Single(play.Log.Split('\n'), line => line.Contains("the step after step 81 that took so long is over", StringComparison.Ordinal));
        Assert.Contains("rank 2 on", Assert.Single(play.Events.OfType<Hang>()).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_in_the_same_step_is_said_as_well()
    {
        using var play = Play();
        await play.HasFinishedAsIfNobodyHadStoppedIt("all slept in step 80");
        Assert.Contains("after step 80, ", play.Log, StringComparison.Ordinal);
        Assert.Contains(": all 4 ranks have been in step 80 for ", play.Log, StringComparison.Ordinal);
    }

    private static RankPlay Play(params string[] who) =>
        new(4, ["--time", "10h"], ["--fast-time", "20", "--patience", "3600", "--step-ms", "2", "--sleep-at", "80", "--sleep", "5", .. who]);
}
