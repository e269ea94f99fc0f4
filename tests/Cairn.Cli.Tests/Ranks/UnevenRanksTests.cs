using Cairn.Attempts;
using Cairn.Posix;

namespace Cairn.Cli.Tests.Ranks;

/// <summary>A limit without a signal, where another rank than 0 has steps of 9 s and rank 0 has none longer than 140 ms.</summary>
public sealed class UnevenRanksTests
{
    [Fact]
    public async Task The_deadline_leaves_time_for_the_longest_step_of_any_rank()
    {
        using var play = new RankPlay(2, ["--time", "45s"], ["--step-ms", "140", "--in-lumps", "65", "--own-loop", "--rank", "1"]);
        await play.Says("Requeued at step", 2);
        var events = play.Events;
        var stop = Assert.Single(events.OfType<Interrupted>());
        Assert.Equal("Deadline", stop.Kind);
        Assert.InRange((stop.Deadline!.Value - stop.Time).TotalSeconds, 9, 45);
        Assert.Contains(events.OfType<Saved>(), saved => saved.Step == events.OfType<Stopped>().Single().Step);
    }

    [Fact]
    public async Task The_next_attempt_knows_of_the_longest_step_of_any_rank()
    {
        using var play = new RankPlay(2, ["--time", "5m"], ["--step-ms", "20", "--in-lumps", "50", "--own-loop", "--rank", "1", "--say", "80"]);
        await play.Says("step 80", 2); // so rank 1 has told of its long ones, of which rank 0 has none
        await play.Signal(0, SignalName.Usr2);
        await play.HasFinishedAsIfNobodyHadStoppedIt("a rank with long steps");
        Assert.True(play.Events.OfType<Progress>().Last().LongestKnownSeconds >= 1, play.Log);
    }
}
