namespace Cairn.Tests.Checkpoints;

/// <summary>
/// A program is killed at each system call of a save, one life a call: between two of them the disk does not change, so these
/// are all states in which a kill can leave it. A sample by default, all of them in the long form.
/// </summary>
public sealed class KilledAtEveryCallTests : IDisposable
{
    // Three pieces of payload for several threads to write, and a rest.
    private const int StateBytes = 9_000_000;

    // What only deals with memory, threads and time leaves the disk as it is.
    private const string Calls = "--trace=%file,%desc";

    private readonly TemporaryFolder folder = new();

    public KilledAtEveryCallTests() => Strace.Need();

    // To the disk an overlapped save is an asynchronous one.
    public static TheoryData<SaveMode> Modes => [SaveMode.Synchronous, SaveMode.Asynchronous];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Whatever_call_was_the_last_the_newest_checkpoint_is_valid_the_older_one_too_and_the_next_start_cleans_up(SaveMode mode)
    {
        var store = Stores.At(folder["checkpoints"]);

        // Two before it, so that the save that is killed shares a file and deletes a checkpoint.
        using (var first = SaveLoopProgram.Start(store.Directory, attempt: 1, StateBytes, mode, saves: 2))
            await first.End();
        var calls = await CallsOfASave(store.Directory, mode);
        Assert.Superset(new HashSet<string> { "mkdir", "fallocate", "pwrite64", "ftruncate", "fsync", "linkat", "rename", "unlink", "rmdir" }, calls.Select(call => call.Name).ToHashSet());

        var chosen = LongForm.SampleOfEach(calls, call => call.Name, quickly: 1);
        var (durable, notReached, insideSave) = (store.List()[0].Step, 0, 0);
        for (var i = 0; i < chosen.Count; i++)
        {
            var (name, number, _) = chosen[i];
            var death = $"killed at {name} {number}";
            var leftovers = Survivors.Leftovers(store.Directory);
            using var program = SaveLoopProgram.StartAsked(store.Directory, attempt: i + 3, StateBytes, mode);
            Assert.Equal([$"restored {durable}"], await program.LinesUntilReady());
            Assert.Empty(leftovers.Intersect(Survivors.Leftovers(store.Directory)));

            IReadOnlyList<string> said;
            using (await Strace.Attach(program.Pid, folder["trace"], $"--inject={name}:signal=KILL:when={number}"))
            {
                said = await program.Ask();
                await program.End();
            }

            if (program.ExitCode != 137)
                notReached++;
            if (said.Contains($"durable {durable + 1}"))
                durable++;
            durable = Survivors.Check(store, durable, death);
            insideSave += Survivors.Leftovers(store.Directory).Length > 0 ? 1 : 0;
        }

        store.RemoveLeftovers();
        Assert.Empty(Survivors.Leftovers(store.Directory));
        Assert.True(notReached <= chosen.Count / 4, $"{notReached} of {chosen.Count} calls did not come: too little was proved");
        Assert.True(insideSave > 0, "no kill hit a save: nothing was proved");
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{mode}: {calls.Count} calls, {chosen.Count} kills at one, {insideSave} of them left something to clean up, {notReached} did not come");
    }

    /// <summary>The calls of one save and of the deletion after it, each by its name and number among its thread's.</summary>
    private async Task<IReadOnlyList<TracedCall>> CallsOfASave(string directory, SaveMode mode)
    {
        using var program = SaveLoopProgram.StartAsked(directory, attempt: 2, StateBytes, mode);
        await program.LinesUntilReady();
        IReadOnlyList<TracedCall> calls;
        using (var strace = await Strace.Attach(program.Pid, folder["trace"], Calls))
        {
            Assert.Equal(["durable 3"], await program.Ask());
            calls = strace.Detach();
        }

        await program.End();
        return [.. calls.Where(call => call.Name != "mmap").DistinctBy(call => (call.Name, call.Number))];
    }
}
