using Cairn.Cli.Tests.Running;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>Every program may make pages; where <c>cairn run</c> listens, and where it does not.</summary>
public sealed class RankPlaceTests : IDisposable
{
    private const string Show = "echo ${CAIRN_PAGES##*/} ${CAIRN_HUB:+hub}.";

    private readonly WrapperSandbox _sandbox = new();

    // Two ranks that a script starts by itself, twice: the first two come to their end, the others never.
    private const string Train = """
        import cairn
        import os, sys, time
        for step in range(1, int(sys.argv[1])):
            time.sleep(0.002 * (1 + int(os.environ["RANK"])))
            if cairn.stop_requested(step=step):
                print("stops at", step, flush=True)
                break
            if step == 20:
                print("has begun", flush=True)
        """;

    private const string Script = """
        trap : USR2
        for steps in 10 1000000; do
            RANK=0 WORLD_SIZE=2 python3 -B train.py $steps & RANK=1 WORLD_SIZE=2 python3 -B train.py $steps &
            while ! wait; do :; done
        done
        """;

    [Fact]
    public async Task One_process_has_no_hub_and_a_folder_of_which_nobody_speaks()
    {
        await _sandbox.RunAsync("--", "sh", "-c", Show);
        Assert.Equal("pages .\n", _sandbox.Output);
        Assert.Equal("", _sandbox.Error);
    }

    [Fact]
    public async Task What_was_meant_for_another_job_is_not_passed_on()
    {
        _sandbox.Start(["--task", "--", "sh", "-c", Show], null, "SLURM_JOB_ID=77", "CAIRN_WRAPPED_JOB=76", "CAIRN_PAGES=/tmp", "CAIRN_HUB=127.0.0.1:1:x");
        await _sandbox.EndAsync();
        Assert.Equal("pages .\n", _sandbox.Output);
    }

    [Fact]
    public async Task Ranks_that_a_script_starts_stop_at_one_step()
    {
        File.Copy(Path.Combine(AppContext.BaseDirectory, "PythonHelper", "cairn.py"), _sandbox.At("cairn.py"));
        _sandbox.Write("train.py", Train);
        _sandbox.Write("train.sh", Script);
        _sandbox.Start(["--", "env", "ONE=1", "bash", "train.sh"]);
        await _sandbox.PrintsAsync("has begun\nhas begun");
        _sandbox.Signal("USR2");
        Assert.Equal(0, await _sandbox.EndAsync());
        var stops = _sandbox.Output.Split('\n').Where(line => line.StartsWith("stops", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, stops.Count);
        Assert.Single(stops.Distinct());
        Assert.Contains($"all 2 ranks stop at step {stops[0].Split(' ')[^1]}", _sandbox.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _sandbox.Dispose();
}
