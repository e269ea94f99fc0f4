using System.Globalization;

namespace Cairn.Tests.Checkpoints;

/// <summary>
/// A program that saves after every step is killed at random instants: ten lives that wait for their saves, ten that do not, and so
/// on. Sixty lives by default, a thousand in the long form.
/// </summary>
public sealed class KillTests
{
    [Fact]
    public async Task After_a_kill_at_any_instant_the_newest_checkpoint_is_valid_and_nothing_that_was_durable_is_lost()
    {
        using var folder = new TemporaryFolder();
        var store = Stores.At(folder["checkpoints"]);
        var random = new Random();
        var (durable, insideSave) = (0L, 0);
        for (var kill = 1; kill <= LongForm.Kills; kill++)
        {
            var newest = store.List() is [var entry, ..] ? entry.Step : 0;
            var leftovers = Survivors.Leftovers(store.Directory);
            using var program = SaveLoopProgram.Start(store.Directory, attempt: kill, bytes: 3_000_000, (SaveMode)(kill / 10 % 2));

            // Of ten, one dies before it has restored, two in their first save, the others somewhere in a later one or between two.
            var said = "";
            if (kill % 10 != 0)
            {
                Assert.Equal(newest == 0 ? "restored nothing" : $"restored {newest}", await program.NextLine());
                Assert.Empty(leftovers.Intersect(Survivors.Leftovers(store.Directory)));
            }

            if (kill % 10 > 2)
                said = await program.NextLine() + "\n";
            await Task.Delay(TimeSpan.FromMilliseconds(random.NextDouble() * 80), TestContext.Current.CancellationToken);
            said += await program.Kill();
            Assert.Equal(137, program.ExitCode);

            durable = Math.Max(durable, LastDurable(said));
            insideSave += Survivors.Leftovers(store.Directory).Length > 0 ? 1 : 0;
            durable = Survivors.Check(store, durable, $"kill {kill}");
        }

        Assert.True(durable > LongForm.Kills / 4, $"only {durable} saves in {LongForm.Kills} lives: the program was killed too early to prove anything");
        Assert.True(insideSave > 0, "no kill hit a save: nothing was proved");
        store.RemoveLeftovers();
        Assert.Empty(Survivors.Leftovers(store.Directory));
        TestContext.Current.TestOutputHelper?.WriteLine($"{LongForm.Kills} kills, {insideSave} of them inside a save or a deletion, {durable} saves");
    }

    // The last line may be cut off by the kill: only whole ones count.
    private static long LastDurable(string said) =>
        said.Split('\n')[..^1]
            .Where(line => line.StartsWith("durable ", StringComparison.Ordinal))
            .Select(line => long.Parse(line.AsSpan("durable ".Length), CultureInfo.InvariantCulture))
            .DefaultIfEmpty(0)
            .Max();
}
