using Cairn.Cli.Tests.Running;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary><c>cairn local -- cairn run -- PROGRAM</c>: what stops a job, in every form, for programs of each kind.</summary>
public sealed class LocalTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    [Theory]
    [InlineData("guide")]
    [InlineData("asks")]
    public async Task A_warned_program_goes_on_in_the_next_attempt(string how)
    {
        var run = await RunAsync(["--time", "30s", "--signal", "USR2@25s"], [], how, 80);
        Completed(run);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task Where_no_signal_comes_the_deadline_warns()
    {
        var run = await RunAsync(["--form", "child", "--time", "14s"], ["--lead", "9s"], "guide", 80);
        Completed(run);
        Assert.Contains("a lead of 9 s leaves less than half of 14 s for work; the program is warned 7 s before the end", run.Error, StringComparison.Ordinal);
        Assert.Contains("the job's end is near", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("srun")] // hears the TERM
    [InlineData("exec")] // hears nothing, and asks
    public async Task A_preemption_warns(string form)
    {
        var run = await RunAsync(["--form", form, "--preempt-after", "3s", "--grace", "60s"], [], "guide", 60);
        Completed(run);
        Assert.Equal(2, run.Report!.Attempts.Count);
    }

    [Fact]
    public async Task A_program_that_listens_to_nothing_is_requeued_before_its_end()
    {
        var run = await RunAsync(["--form", "child", "--time", "12s"], ["--lead", "6s"], "deaf", 130);
        Completed(run);
        Assert.Contains("the end has come and the program still runs: requeueing", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_cancelled_stays_cancelled()
    {
        var (_, run) = _sandbox.LocalInBackground(["--requeue-delay", "200ms", "--checkpoint-dir", "ck", "--form", "exec", .. Wrapped([], "guide", 100000)]);
        await Sandbox.Until(() => Directory.Exists(_sandbox.At("ck/.cairn-run")), "the first attempt");
        var (bin, id) = await _sandbox.SaidOfJob();
        await CliWrap.Cli.Wrap(Path.Combine(bin, "scancel")).WithArguments([id]).ExecuteAsync(TestContext.Current.CancellationToken);
        var ended = await run;
        Assert.Equal(143, ended.ExitCode);
        Assert.Single(ended.Report!.Attempts);
        Assert.Equal("CANCELLED", ended.Report.State);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 4)] // saved at step 5 in the first attempt; then crashes 1, 2 and 3 in a row without anything new
    public async Task A_crash_loop_ends(int allowed, int attempts)
    {
        var run = await RunAsync([], ["--requeue-crashes", $"{allowed}"], "crash", 20);
        Assert.Equal(3, run.ExitCode);
        Assert.Equal(attempts, run.Report!.Attempts.Count);
        Assert.True(Directory.Exists(_sandbox.At("ck/.cairn-run"))); // what the attempts did is kept
    }

    [Fact]
    public async Task Three_hangs_in_a_row_are_enough()
    {
        var run = await RunAsync([], ["--hang-timeout", "2s", "--lead", "1s"], null, 0);
        Assert.Equal(78, run.ExitCode);
        Assert.Equal(3, run.Report!.Attempts.Count);
    }

    [Fact]
    public async Task Several_tasks_with_a_wrapper_each_and_one_around_them()
    {
        _sandbox.Script("job.sh", $"#SBATCH --time=00:01:00 --signal=B:USR2@45 --ntasks=2\nexec '{Sandbox.Program}' run -- srun '{Sandbox.Program}' run --task -- python3 '{WrapperSandbox.Train}' guide 160 0.1\n");
        var run = await _sandbox.Local("--requeue-delay", "200ms", "--checkpoint-dir", "ck", "--output", "-", "job.sh");
        Completed(run);
        Assert.Equal(2, run.Output.Split("training complete").Length - 1);
    }

    [Fact]
    public async Task Tasks_that_alone_were_warned_are_not_taken_for_finished()
    {
        _sandbox.Script("job.sh", $"#SBATCH --time=00:01:00 --signal=USR2@45\nexec '{Sandbox.Program}' run -- srun '{Sandbox.Program}' run --task -- python3 '{WrapperSandbox.Train}' guide 160 0.1\n");
        Completed(await _sandbox.Local("--requeue-delay", "200ms", "--checkpoint-dir", "ck", "--output", "-", "job.sh"));
    }

    public void Dispose() => _sandbox.Dispose();

    private static void Completed(LocalRun run)
    {
        Assert.True(run.Report?.State == "COMPLETED", run.Error + run.Output);
        Assert.True(run.Report.Attempts.Count >= 2, run.Error + run.Output);
        Assert.Contains("training complete", run.Output, StringComparison.Ordinal);

        // Every task began at the start once. (Not with the line's end: python's handler may print in mid-line.)
        Assert.Equal(run.Output.Split("training complete").Length, run.Output.Split("begins at step 0").Length);
    }

    private static string[] Wrapped(string[] options, string? how, int steps) =>
        ["--", Sandbox.Program, "run", .. options, "--", .. how is null ? (string[])["sleep", "300"] : ["python3", WrapperSandbox.Train, how, $"{steps}", "0.1"]];

    private Task<LocalRun> RunAsync(string[] local, string[] options, string? how, int steps) =>
        _sandbox.Local(["--requeue-delay", "200ms", "--checkpoint-dir", "ck", .. local, .. Wrapped(options, how, steps)]);
}
