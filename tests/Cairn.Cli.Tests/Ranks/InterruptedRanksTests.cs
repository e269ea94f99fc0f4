using System.Globalization;
using Cairn.Posix;

namespace Cairn.Cli.Tests.Ranks;

/// <summary>Ranks that wait for each other in every step, interrupted in any way at any instant: one checkpoint, one step, one end, and the weights of a run that nobody stopped.</summary>
public sealed class InterruptedRanksTests
{
    private static readonly int Plays = Environment.GetEnvironmentVariable("CAIRN_LONG") == "1" ? 100 : 4;

    [Fact]
    public async Task They_stop_at_one_step_and_go_on_as_if_nobody_had_stopped_them()
    {
        var given = Environment.GetEnvironmentVariable("CAIRN_SEED");
        var first = given is { Length: > 0 } ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next(1_000_000);
        for (var seed = first; seed < first + (given is { Length: > 0 } ? 1 : Plays); seed++)
            await Play(seed);
    }

    [Fact]
    public async Task A_loop_of_their_own_does_too()
    {
        using var play = new RankPlay(3, ["--time", "5m"], ["--own-loop", "--step-ms", "4", "--say", "80"]);
        await play.Says("step 80", 3);
        await play.Signal(1, SignalName.Usr2);
        await play.HasFinishedAsIfNobodyHadStoppedIt("USR2 to one of three with loops of their own");
        Assert.Equal(3, play.Ends.Count(end => end.StartsWith("Requeued", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(86_400)]
    [InlineData(-86_400)]
    public async Task A_node_whose_clock_is_a_day_off_changes_nothing(int seconds)
    {
        using var play = new RankPlay(3, ["--time", "5m"], ["--step-ms", "4", "--say", "80", "--save-every", "40", "--clock-off", $"{seconds}", "--rank", "1"]);
        await play.Says("step 80", 3);
        await play.Signal(1, SignalName.Usr2);
        await play.HasFinishedAsIfNobodyHadStoppedIt($"rank 1's clock {seconds} s off, and USR2 to it");
        Assert.Equal(2, (await play.WaitForEnd()).Report!.Attempts.Count);
        Assert.Contains("warned by USR2 before the end: requeueing", play.Log, StringComparison.Ordinal);
    }

    private static async Task Play(int seed)
    {
        var random = new Random(seed);
        var ranks = (int[])[2, 4, 8];
        var count = ranks[random.Next(3)];
        var kind = random.Next(8);
        string[] local = kind == 0 ? ["--time", "9s"] : kind == 1 ? ["--time", "5m", "--grace", "30s"] : ["--time", "5m"];
        using var play = new RankPlay(
            count, local, ["--step-ms", kind == 0 ? "50" : "4", "--jitter-ms", $"{random.Next(2) * 3}", "--save-every", $"{((int[])[10, 40, 1_000_000])[random.Next(3)]}"]);
        var what = $"CAIRN_SEED={seed}, {count} ranks, ";

        // By a signal only once all listen: one that comes earlier kills, as it does without Cairn.
        await play.Says("starts at step 0");
        await Task.Delay(TimeSpan.FromSeconds(random.NextDouble() * 1.5));
        switch (kind)
        {
            case 0:
                await play.HasFinishedAsIfNobodyHadStoppedIt(what + "limits that come without a signal");
                return;
            case 1:
                _ = Libc.Kill(play.JobId, SignalName.Usr1);
                await play.HasFinishedAsIfNobodyHadStoppedIt(what + "preempted");
                return;
            case 2:
                await play.Command("scontrol", "requeue", $"{play.JobId}");
                await play.HasFinishedAsIfNobodyHadStoppedIt(what + "requeued by an operator");
                return;
            case 3 or 4:
                if (kind == 3)
                    await play.Command("scancel", $"{play.JobId}");
                else
                    await File.WriteAllTextAsync(play.StopFile, string.Empty, TestContext.Current.CancellationToken);
                await play.WaitForEnd();
                play.AllEndedAtOneStep(what + (kind == 3 ? "cancelled" : "stop file"));
                Assert.Equal(count, play.Ends.Count);
                return;
            case 5:
                await play.Signal(random.Next(count), SignalName.Usr2);
                await play.HasFinishedAsIfNobodyHadStoppedIt(what + "USR2 to one rank");
                return;
            default:
                foreach (var rank in Enumerable.Range(0, count).OrderBy(_ => random.Next()).ToList())
                {
                    await Task.Delay(TimeSpan.FromSeconds(random.NextDouble() * 0.3));
                    await play.Signal(rank, kind == 6 ? SignalName.Usr2 : SignalName.Term);
                    if (random.Next(4) == 0)
                        await play.Signal(random.Next(count), SignalName.Term);
                }

                await play.HasFinishedAsIfNobodyHadStoppedIt(what + "signals to all, one after the other");
                return;
        }
    }
}
