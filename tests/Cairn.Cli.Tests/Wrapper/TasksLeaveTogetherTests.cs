using Cairn.Cli.Tests.PythonHelper;
using Cairn.Cli.Tests.Running;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>Under <c>srun -K</c> the first task that leaves has the others killed. Tasks under <c>cairn run --task</c> stop, and none leaves before the slowest has saved.</summary>
public sealed class TasksLeaveTogetherTests : IDisposable
{
    // Rank 1 leaves at once. Rank 0 saves until the log says that it is waited for.
    private const string Program = """
        import cairn
        import os, sys, time
        rank = int(os.environ["SLURM_PROCID"])
        if cairn.attempt() > 1:
            cairn.finished()
            sys.exit()
        open("rank-{}".format(rank), "w").close()
        for step in range(1, 1000000):
            time.sleep(0.01)
            if cairn.stop_requested(step=step):
                break
        if rank == 1:
            if "FAILS" in os.environ:
                sys.exit(3)
            cairn.exit_for_requeue(step)
        for _ in range(600):
            time.sleep(0.1)
            if "task 0 is waited for" in open("log").read():
                break
        open("saved", "w").close()
        cairn.exit_for_requeue(step)
        """;

    private readonly PythonFolder _folder = new();

    [Fact]
    public async Task None_leaves_before_the_slowest_has_saved()
    {
        var log = await RunAsync("");
        Assert.True(File.Exists(_folder.At("saved")), log);
        Assert.Contains("1 of 2 tasks stopped; task 0 is waited for", log, StringComparison.Ordinal);
        Assert.Contains("attempt 2 begins", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_fails_leaves_at_once()
    {
        var log = await RunAsync("FAILS=1");
        Assert.False(File.Exists(_folder.At("saved")), log);
        Assert.DoesNotContain("waited for", log, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<string> RunAsync(string variable)
    {
        _folder.Sandbox.Write("train.py", Program);
        _folder.Sandbox.Script("cairn", $"exec {Sandbox.Program} \"$@\"");
        _folder.Sandbox.Write("job.sh", $"""
            #!/bin/bash
            #SBATCH --ntasks=2 --requeue --output=log --open-mode=append
            (until [ -e rank-0 ] && [ -e rank-1 ]; do sleep 0.1; done; scancel --signal=USR2 $SLURM_JOB_ID) &
            {variable} exec ./cairn run --checkpoint-dir ckpt -- srun -K ./cairn run --task -- python3 -B train.py

            """);
        var run = await _folder.Sandbox.Local(Sandbox.Patience, "--time", "1h", "--kill-wait", "1s", "--requeue-delay", "100ms", "job.sh");
        return run.Error + string.Join('\n', _folder.Lines("log"));
    }
}
