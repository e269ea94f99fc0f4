using System.Globalization;

namespace Cairn.Tests.Checkpoints;

/// <summary>Ranks, each a process, save together after every step; one of them is killed at a random instant, the next life has another number of them.</summary>
public sealed class SharedKillTests
{
    private const int StateBytes = 3_000_000;

    [Fact]
    public async Task After_a_kill_of_any_rank_at_any_instant_there_are_only_whole_checkpoints_and_none_that_was_durable_is_lost()
    {
        using var folder = new TemporaryFolder();
        using var store = Stores.At(folder["checkpoints"]);
        var random = new Random();
        var (durable, insideSave, lives) = (0L, 0, LongForm.IsOn ? 300 : 15);
        for (var life = 1; life <= lives; life++)
        {
            var count = (life % 5) + 1;
            var newest = store.List() is [var entry, ..] ? entry.Step : 0;
            var ranks = Enumerable.Range(0, count).Select(rank => SaveLoopProgram.StartRank(store.Directory, life, StateBytes, rank, count)).ToArray();
            try
            {
                foreach (var rank in ranks)
                    Assert.Equal($"restored {newest}", await rank.NextLine());
                foreach (var rank in ranks)
                    rank.Tell("go");
                var victim = ranks[random.Next(count)];
                durable = Math.Max(durable, await Carry(ranks, random.Next(4), () => _ = Task.Delay(random.Next(40)).ContinueWith(_ => victim.KillAtOnce(), TaskScheduler.Default)));
            }
            finally
            {
                foreach (var rank in ranks)
                    rank.Dispose();
            }

            insideSave += Survivors.Leftovers(store.Directory).Length > 0 ? 1 : 0;
            durable = Survivors.Check(store, durable, $"life {life}, {count} ranks");
        }

        Assert.True(durable >= lives / 2, $"only {durable} saves in {lives} lives: the ranks were killed too early to prove anything");
        Assert.True(insideSave > 0, "no kill hit a save: nothing was proved");
        TestContext.Current.TestOutputHelper?.WriteLine($"{lives} kills, {insideSave} of them inside a save or a deletion, {durable} saves");
    }

    // Until one of them is gone, which is soon after so many saves. Returns the newest step that rank 0 called durable.
    private static async Task<long> Carry(SaveLoopProgram[] ranks, int saves, Action kill)
    {
        var (durable, others) = (0L, ranks[1..]);
        while (true)
        {
            if (await ranks[0].NextLine() is not { } line)
                return durable;
            var words = line.Split(' ');
            switch (words)
            {
                case ["order", _]:
                    if (saves-- == 0)
                        kill();
                    foreach (var other in others)
                        other.Tell(line);
                    foreach (var other in others)
                    {
                        if (await other.NextLine() is not { } result)
                            return durable;
                        ranks[0].Tell(result);
                    }

                    break;
                case ["durable", var step]:
                    durable = long.Parse(step, CultureInfo.InvariantCulture);
                    break;
                case ["next", _]:
                    foreach (var other in others)
                        other.Tell(line);
                    break;
                default:
                    Assert.Fail($"rank 0 says: {line}");
                    break;
            }
        }
    }
}
