namespace Cairn.Cli.Tests.Running;

/// <summary>Scripts for twelve hours, played by <c>cairn local --rehearse</c> as they are.</summary>
public sealed class RehearsedScriptTests : IDisposable
{
    // Counts steps of a tenth of a second; asks sixty seconds ahead, as the guide does.
    private const string Python =
        """
        import cairn, os, time
        path = os.path.join(cairn.checkpoint_dir("ckpt"), "step")
        step = int(open(path).read()) if os.path.exists(path) else 0
        began = step
        while True:
            time.sleep(0.1)
            step += 1
            if cairn.stop_requested(seconds_needed=60):
                with open(path + ".new", "w") as f:
                    f.write(str(step))
                os.replace(path + ".new", path)
                print("got on by", step - began, flush=True)
                cairn.exit_for_requeue(step)
        """;

    private readonly Sandbox _sandbox = new();

    [Fact]
    public async Task Each_attempt_is_warned_before_its_end()
    {
        _sandbox.Script(
            "job.sh",
            """
            #SBATCH --time=12:00:00 --signal=B:USR2@600 --requeue
            trap 'echo "attempt $CAIRN_ATTEMPT is warned" >> warned; scontrol requeue $SLURM_JOB_ID; exit 0' USR2
            sleep 600 & wait
            """);
        var run = await _sandbox.Local("--rehearse", "5s", "--requeue-delay", "100ms", "job.sh");
        Assert.Equal((0, "PENDING"), (run.ExitCode, run.Report!.State));
        Assert.Equal(["attempt 1 is warned", "attempt 2 is warned", "attempt 3 is warned"], _sandbox.Lines("warned"));
        Assert.All(run.Report.Attempts, attempt => Assert.InRange(attempt.Seconds, 3, 10));
        Assert.Contains("rehearsal: limit 12 h -> 5 s; --signal 10 min -> 1.2 s before it; KillWait 30 s -> 2.5 s;", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_nobody_brings_back_is_seen()
    {
        _sandbox.Script("job.sh", "#SBATCH --time=12:00:00\nsleep 600");
        var run = await _sandbox.Local("--rehearse", "5s", "job.sh");
        Assert.Equal((124, "TIMEOUT"), (run.ExitCode, run.Report!.State));
    }

    [Theory]
    [InlineData("", "python3 train.py")] // asks for the time that is left
    [InlineData("--signal=USR2@600", "srun python3 train.py")]
    [InlineData("--signal=B:USR2@600", "exec CAIRN run --checkpoint-dir ckpt --lead 5m -- srun python3 train.py")]
    [InlineData("", "CAIRN run --checkpoint-dir ckpt --lead 10m -- python3 train.py")]
    public async Task A_program_that_wants_a_minute_gets_on(string directive, string command)
    {
        File.Copy(Path.Combine(AppContext.BaseDirectory, "PythonHelper", "cairn.py"), _sandbox.At("cairn.py"));
        _sandbox.Write("train.py", Python);
        _sandbox.Script("job.sh", $"#SBATCH --time=12:00:00 --requeue\n#SBATCH {directive}\n{command.Replace("CAIRN", Sandbox.Program, StringComparison.Ordinal)}");
        var run = await _sandbox.Local("--rehearse", "20s", "--requeue-delay", "100ms", "--max-attempts", "2", "job.sh");
        Assert.True(run.ExitCode == 0 && run.Report!.Attempts.Count == 2, run.Error + run.Output);
        var steps = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line.Split("by ")[1], System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(2, steps.Length);
        Assert.All(steps, step => Assert.True(step >= 20, run.Error + run.Output));
        Assert.DoesNotContain("the end has come", run.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _sandbox.Dispose();
}
