using Cairn.Attempts;

namespace Cairn.Cli.Tests.Ranks;

/// <summary>A limit without a signal, where another rank than 0 has steps of 9 s and rank 0 has none longer than 100 ms.</summary>
public sealed class UnevenRanksTests
{
    [Fact]
    public async Task The_deadline_leaves_time_for_the_longest_step_of_any_rank()
    {
        using var play = new RankPlay(2, ["--time", "24s"], ["--step-ms", "100", "--in-lumps", "90", "--own-loop", "--rank", "1"]);
        await play.Says("Requeued at step", 2);
        var events = play.Events;
        var stop = Assert.Single(events.OfType<Interrupted>());
        Assert.Equal("Deadline", stop.Kind);
        Assert.InRange((stop.Deadline!.Value - stop.Time).TotalSeconds, 9, 24);
        Assert.Contains(events.OfType<Saved>(), saved => saved.Step == events.OfType<Stopped>().Single().Step);
    }
}
