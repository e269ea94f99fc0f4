
namespace Cairn.Tests.Checkpoints;

/// <summary>A file system that does not answer just now, by strace: never taken for damage.</summary>
public sealed class ReadErrorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ReadErrorTests()
    {
        Strace.Need();
        foreach (var step in (long[])[1, 2])
        {
            using var program = SaveLoopProgram.Start(folder["checkpoints"], attempt: 1, bytes: 100_000, SaveMode.Synchronous, saves: 1);
            Assert.EndsWith($"durable {step}\n", program.End().GetAwaiter().GetResult(), StringComparison.Ordinal);
        }
    }

    public void Dispose() => folder.Dispose();

    // What -P names: the folder, the newest checkpoint's directory (which its files are opened in), its record, or a payload file.
    [Theory]
    [InlineData("", "getdents64", "EIO")]
    [InlineData("step-0000000002", "open,openat", "ESTALE")]
    [InlineData("step-0000000002", "open,openat", "EACCES")]
    [InlineData("step-0000000002", "open,openat", "EPERM")]
    [InlineData("step-0000000002", "open,openat", "EMFILE")]
    [InlineData("step-0000000002", "open,openat", "ENFILE")]
    [InlineData("step-0000000002", "open,openat", "ETIMEDOUT")]
    [InlineData("step-0000000002", "open,openat", "ENOMEM")]
    [InlineData("step-0000000002", "open,openat", "ENXIO")]
    [InlineData("step-0000000002/checkpoint.json", "lseek", "EIO")]
    [InlineData("step-0000000002/checkpoint.json", "pread64", "EIO")]
    [InlineData("step-0000000002/state.safetensors", "pread64", "ESTALE")]
    [InlineData("step-0000000002/state.safetensors", "pread64", "EIO")]
    public async Task It_is_tried_again_and_the_newest_is_used(string what, string call, string error)
    {
        using var program = Under(what, call, error, call == "getdents64" ? "1..4" : "1"); // leftovers are looked for first
        var said = await program.End();

        Assert.Contains("(INJECTED)", File.ReadAllText(folder["trace"]), StringComparison.Ordinal);
        Assert.Contains("can't be read now", said, StringComparison.Ordinal);
        Assert.EndsWith("restored 2\ndurable 3\n", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "getdents64", "EIO")]
    [InlineData("step-0000000002", "open,openat", "ESTALE")]
    [InlineData("step-0000000002/state.safetensors", "pread64", "EIO")]
    public async Task And_where_that_does_not_help_the_start_is_refused_by_name(string what, string call, string error)
    {
        using var program = Under(what, call, error, "1+");
        var said = await program.End();

        Assert.DoesNotContain("restored", said, StringComparison.Ordinal);
        Assert.Contains("refused CheckpointReadException", said, StringComparison.Ordinal);
        Assert.Contains(folder["checkpoints", what].TrimEnd('/'), said, StringComparison.Ordinal);
        Assert.Contains(error == "ESTALE" ? "Stale file handle" : "Input/output error", said, StringComparison.Ordinal);
        Assert.Equal(1, program.ExitCode);
        Assert.Equal(["step-0000000001", "step-0000000002"], Stores.Names(folder["checkpoints"]));
    }

    [Fact]
    public async Task A_checkpoint_of_the_same_step_that_cannot_be_read_fails_the_save_and_is_not_moved_aside()
    {
        using var program = SaveLoopProgram.StartAsked(folder["checkpoints"], attempt: 2, bytes: 100_000, SaveMode.Synchronous);
        await program.LinesUntilReady();
        Stores.At(folder["checkpoints"]).SaveModel(3, attempt: 1);
        IReadOnlyList<string> said;
        using (var strace = await Strace.Attach(program.Pid, folder["trace"], "--inject=open,openat:error=ESTALE:when=1+", "-P", folder["checkpoints", "step-0000000003"]))
        {
            said = await program.Ask();
            strace.Detach();
        }

        Assert.Contains("Stale file handle", Assert.Single(said, line => line.StartsWith("failed", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(["step-0000000001", "step-0000000002", "step-0000000003"], Stores.Names(folder["checkpoints"]));

        Assert.Contains("durable 3", await program.Ask());
        Assert.Contains("aside-step-0000000003-1", Stores.Names(folder["checkpoints"]));
        await program.End();
    }

    [Fact]
    public async Task What_cannot_be_read_is_neither_deleted_nor_a_reason_to_delete_others()
    {
        using var program = SaveLoopProgram.StartAsked(folder["checkpoints"], attempt: 2, bytes: 100_000, SaveMode.Synchronous);
        await program.LinesUntilReady();
        using (var strace = await Strace.Attach(program.Pid, folder["trace"], "--inject=open,openat:error=EACCES:when=1+", "-P", folder["checkpoints", "step-0000000002"]))
        {
            Assert.Contains("durable 3", await program.Ask());
            strace.Detach();
        }

        Assert.Equal(["step-0000000001", "step-0000000002", "step-0000000003"], Stores.Names(folder["checkpoints"]));
        Assert.Contains("durable 4", await program.Ask());
        Assert.Equal(["step-0000000003", "step-0000000004"], Stores.Names(folder["checkpoints"]));
        await program.End();
    }

    private SaveLoopProgram Under(string what, string call, string error, string when) => SaveLoopProgram.Start(
        folder["checkpoints"], attempt: 2, bytes: 100_000, SaveMode.Synchronous, saves: 1,
        ["strace", "-f", "-o", folder["trace"], $"--inject={call}:error={error}:when={when}", "-P", folder["checkpoints", what].TrimEnd('/')]);
}
