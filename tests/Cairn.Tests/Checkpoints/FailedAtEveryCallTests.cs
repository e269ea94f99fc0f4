namespace Cairn.Tests.Checkpoints;

/// <summary>
/// Each call of a save that can fail is failed, one save a call and error, in a program that goes on: a full disk, a full quota, a
/// disk that is ill. A sample by default; in the long form all of them, and the full quota, which is the full disk by another number.
/// </summary>
public sealed class FailedAtEveryCallTests : IDisposable
{
    private const int StateBytes = 9_000_000;
    private const string Calls = "mkdir,openat,fallocate,pwrite64,ftruncate,fsync,linkat,rename,unlink,rmdir";

    private readonly TemporaryFolder folder = new();

    public FailedAtEveryCallTests() => Strace.Need();

    public static TheoryData<SaveMode, string> Cases => new MatrixTheoryData<SaveMode, string>(
        [SaveMode.Synchronous, SaveMode.Asynchronous], LongForm.IsOn ? ["EIO", "ENOSPC", "EDQUOT"] : ["EIO", "ENOSPC"]);

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Whatever_call_fails_it_is_said_the_older_checkpoints_are_whole_and_the_next_save_works(SaveMode mode, string error)
    {
        var store = Stores.At(folder["checkpoints"]);
        using var program = SaveLoopProgram.StartAsked(store.Directory, attempt: 1, StateBytes, mode);
        await program.LinesUntilReady();

        // From the third on a save shares a file and deletes a checkpoint.
        for (var step = 1; step <= 3; step++)
            Assert.Equal([$"durable {step}"], await program.Ask());
        var (said, calls) = await AskTraced(program, $"--trace={Calls}");
        Assert.Equal(["durable 4"], said);
        Assert.Superset(Calls.Split(',').ToHashSet(), calls.Select(call => call.Name).ToHashSet());

        var durable = 4L;
        var (hit, failed) = (0, 0);
        foreach (var (name, number, _) in LongForm.SampleOfEach(calls.DistinctBy(call => (call.Name, call.Number)), call => call.Name, quickly: 2))
        {
            var failure = $"{error} at {name} {number}";
            (said, calls) = await AskTraced(program, $"--trace={Calls}", $"--inject={name}:error={error}:when={number}");

            // The runtime opens files of its own, and does without them.
            var injected = calls.Where(call => call.WasInjected && call.Text.Contains(store.Directory, StringComparison.Ordinal)).ToList();
            if (said.Contains($"durable {durable + 1}"))
                durable++;
            else
                failed++;
            hit += injected.Count > 0 ? 1 : 0;
            Assert.True(injected.Count == 0 || IsTold(said, name, injected), $"{failure} was swallowed: {string.Join('\n', said)}\n{string.Join('\n', injected)}");
            Assert.Equal(durable, Survivors.Check(store, durable, failure));

            Assert.Contains($"durable {durable + 1}", await program.Ask());
            durable = Survivors.Check(store, durable + 1, $"the save after {failure}");
        }

        await program.End();
        store.RemoveLeftovers();
        Assert.Empty(Survivors.Leftovers(store.Directory));
        Assert.True(failed > 0, "no save failed: nothing was proved");
        TestContext.Current.TestOutputHelper?.WriteLine($"{mode}, {error}: {hit} saves with a call that failed, {failed} of them failed");
    }

    private static bool IsTold(IReadOnlyList<string> said, string name, IReadOnlyList<TracedCall> injected)
    {
        var function = name == "openat" ? "open" : name.Replace("64", "", StringComparison.Ordinal);
        return said.Any(line => line.StartsWith("warning ", StringComparison.Ordinal))
            || said.Any(line => line.StartsWith("failed ", StringComparison.Ordinal) && line.Contains(function, StringComparison.Ordinal))
            || injected.All(IsOnlyForSharing);
    }

    // An older checkpoint that cannot be looked at, or a file of it that cannot be linked: it is written instead, and nothing is lost.
    // O_NONBLOCK is how files are opened for reading and directories for listing; those that are to be synced are not.
    private static bool IsOnlyForSharing(TracedCall call) => call.Name switch
    {
        "linkat" => true,
        "openat" => !call.Text.Contains(".saving-", StringComparison.Ordinal)
            && (call.Text.Contains("O_NONBLOCK", StringComparison.Ordinal) || call.Text.Contains("/step-", StringComparison.Ordinal)),
        _ => false,
    };

    private async Task<(IReadOnlyList<string> Said, IReadOnlyList<TracedCall> Calls)> AskTraced(SaveLoopProgram program, params string[] options)
    {
        using var strace = await Strace.Attach(program.Pid, folder["trace"], options);
        var said = await program.Ask();
        return (said, strace.Detach());
    }
}
