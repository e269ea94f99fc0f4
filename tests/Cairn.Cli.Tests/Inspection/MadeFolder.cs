using System.Text;
using System.Text.Json;
using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Shares;
using CliWrap;
using CliWrap.Buffered;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Cli.Tests.Inspection;

/// <summary>A checkpoint folder as the library writes it, and the real <c>cairn</c> to look at it.</summary>
internal sealed class MadeFolder : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly string _home = Directory.CreateTempSubdirectory("cairn-test-").FullName;

    public MadeFolder() => Path = Directory.CreateDirectory(System.IO.Path.Combine(_home, "checkpoints")).FullName;

    public string Path { get; }

    public string this[params string[] names] => System.IO.Path.Combine([Path, .. names]);

    public static string Name(long step) => CheckpointNames.ForStep(step);

    /// <summary>Saves checkpoints with a changing and a frozen file.</summary>
    public MadeFolder SaveAs(int attempt, params (long Step, double Loss)[] steps)
    {
        using var store = new CheckpointStore(Path, NullLogger.Instance, TimeProvider.System);
        foreach (var (step, loss) in steps)
        {
            var metadata = new Dictionary<string, PartValue> { ["loss"] = PartValue.From(loss) };
            store.Save(step, new Dictionary<string, ICheckpointPart> { ["model"] = new Part(step) }, new(attempt, "4711_2", 1), metadata).Wait();
        }

        return this;
    }

    /// <summary>Saves one of several ranks, each with a state of its own of the part "random".</summary>
    public MadeFolder SaveByRanks(long step, int ranks)
    {
        var stores = Enumerable.Range(0, ranks).Select(_ => new CheckpointStore(Path, NullLogger.Instance, TimeProvider.System)).ToList();
        var rules = new ShareRules([.. new int[ranks]]);
        var shares = stores.Select((store, rank) => store.BeginShare(
            step, new Dictionary<string, ICheckpointPart> { ["model"] = new Part(step), ["random"] = new PerRankPart(new Part(rank), rank, ranks) }, rules, rank, copies: false)).ToList();
        using var save = stores[0].Create(shares[0], new(1, "4711_2", ranks), new Dictionary<string, PartValue>());
        ShareResult[] results = [.. shares.Select(share => share.Write(save.Order, CancellationToken.None))];
        save.Commit(results, new AllStates(shares[0].Own.Parts, ranks, shares.Select(share => new RankStates(share.Rank, share.Own.Bytes))));
        shares.ForEach(share => share.Dispose());
        stores.ForEach(store => store.Dispose());
        return this;
    }

    public MadeFolder Save(params long[] steps) => SaveAs(1, [.. steps.Select(step => (step, 1.0 / (step + 1)))]);

    /// <summary>Writes an attempt's journal, one that began and took the folder with these further lines.</summary>
    public MadeFolder Attempt(int number, long? newest, ProcessIdentity process, params JournalEvent[] events)
    {
        Directory.CreateDirectory(this["attempts"]);
        JournalEvent[] all = [new AttemptStarted(Start, number, null, 0, null, 1, process, "./train", "0.1.0"), new FolderTaken(Start, newest), .. events];
        File.WriteAllLines(AttemptFiles.Journal(Path, number), all.Select(entry => Encoding.UTF8.GetString(JournalForm.Write(entry))));
        return this;
    }

    /// <summary>A process of this machine that is no more: a start that nobody had.</summary>
    public static ProcessIdentity DeadProcess => ProcessIdentity.Current with { StartTicks = 1 };

    public static DateTimeOffset After(double seconds) => Start.AddSeconds(seconds);

    /// <summary>Flips one bit.</summary>
    public void Flip(string checkpoint, string file, long position, int bit = 0)
    {
        // The file anew, not its bytes: another checkpoint may share them.
        var bytes = File.ReadAllBytes(this[checkpoint, file]);
        bytes[position] ^= (byte)(1 << bit);
        File.Delete(this[checkpoint, file]);
        File.WriteAllBytes(this[checkpoint, file], bytes);
    }

    public Task<BufferedCommandResult> CairnAsync(params string[] arguments) => RunAsync(Running.Sandbox.Program, arguments);

    /// <summary>The same, while every opening of a file or directory fails as a network's file system does when its server lost it.</summary>
    public async Task<BufferedCommandResult> StaleAsync(string[] names, params string[] arguments)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace is not installed");
        string[] strace = ["-f", "-qq", "-o", "/dev/null", "-P", this[names], "-e", "trace=open,openat", "-e", "inject=open,openat:error=ESTALE:when=1+", Running.Sandbox.Program];
        return await RunAsync("/usr/bin/strace", [.. strace, .. arguments]);
    }

    // One that does not end fails the test that started it.
    private async Task<BufferedCommandResult> RunAsync(string program, string[] arguments)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Running.Sandbox.Patience);
        return await CliWrap.Cli.Wrap(program).WithArguments(arguments).WithWorkingDirectory(_home)
            .WithEnvironmentVariables(variables => variables.Set("CAIRN_CHECKPOINT_DIR", null).Set("SLURM_JOB_ID", null))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(patience.Token);
    }

    public async Task<JsonElement> JsonAsync(int code, params string[] arguments)
    {
        var run = await CairnAsync([.. arguments, "--format", "json"]);
        Assert.True(run.ExitCode == code, $"{run.ExitCode}: {run.StandardOutput}{run.StandardError}");
        return JsonDocument.Parse(run.StandardOutput).RootElement;
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);

    private sealed class Part(long step) : ICheckpointPart
    {
        public PartState Describe() => new()
        {
            Tensors =
            [
                PartTensor.Of("layer.weight", DType.Float32, [.. Enumerable.Range(0, 12).Select(i => step + (i / 100f))], 4, 3),
                PartTensor.Of("layer.bias", DType.Int64, [step, -step]),
                new ArrayTensor<short>(new TensorInfo("embedding", DType.Int16, [50]), Enumerable.Range(0, 50).Select(i => (short)i).ToArray()) { Frozen = true },
            ],
            Values = new Dictionary<string, PartValue> { ["epoch"] = PartValue.From(7L), ["rate"] = PartValue.From(double.PositiveInfinity) },
            Conditions = new Dictionary<string, string> { ["threads"] = "2" },
        };

        public IEnumerable<string> FindDifferences(PartRecord saved) => [];

        public void Restore(PartReader saved) => throw new NotSupportedException();
    }
}
