using Cairn.Cli.Tests.Running;

namespace Cairn.Cli.Tests.PythonHelper;

/// <summary>What a rank makes of its page, and what it does without one; without PyTorch.</summary>
public sealed class PythonPlaceTests : IDisposable
{
    private const string Header = """
        import cairn, glob, mmap, os, struct, threading, time

        """;

    // Plays the wrapper: words 8 to 12 are passed, wants, state, stop, beat.
    private const string OfPage = Header + """
        def word(index, value=None):
            path, = glob.glob("pages/*.page")
            with open(path, "r+b", buffering=0) as file:
                if value is None:
                    return struct.unpack("16q", file.read())[index]
                file.seek(8 * index)
                file.write(struct.pack("q", value))

        """;

    // Two ranks that do not wait for each other, and are not equally fast.
    private const string Pair = Header + """
        rank = int(os.environ["SLURM_PROCID"])
        for step in range(1, 100000):
            time.sleep(0.01 + 0.005 * rank)
            if step == 20 and rank == 1:
                WANT
            if ASK:
                with open("stops", "a") as file:
                    file.write("{}\n".format(step))
                cairn.exit_for_requeue(step)
        """;

    private readonly PythonFolder _folder = new();

    public PythonPlaceTests() => Directory.CreateDirectory(_folder.At("pages"));

    [Fact]
    public async Task A_rank_waits_while_it_is_held_and_stops_at_the_step_that_it_is_told()
    {
        var (code, output, error) = await RankAsync(OfPage + """
            print(cairn.stop_requested(step=5), word(8), cairn.stop_requested(), word(8))
            word(10, 2)
            waits = threading.Thread(target=lambda: print(cairn.stop_requested(step=7), "after the hold"))
            waits.start()
            while word(8) != 7:
                time.sleep(0.001)
            print(waits.is_alive(), "held")
            word(11, 8)
            word(10, 3)
            waits.join()
            print(cairn.stop_requested(step=8), cairn.stop_requested(step=9))
            """);
        Assert.Equal((0, "False 5 False 1\nTrue held\nFalse after the hold\nTrue True\n", ""), (code, output, error));
    }

    [Fact]
    public async Task What_a_rank_knows_by_itself_it_tells_and_does_not_act_upon()
    {
        var (code, output, error) = await RankAsync(OfPage + """
            import signal
            print(cairn.stop_requested(step=1), word(9))
            os.kill(os.getpid(), signal.SIGUSR2)
            print(cairn.stop_requested(step=2), word(9))
            word(10, 4)
            print(cairn.stop_requested(step=3))
            """);
        Assert.Equal((0, "False 0\nFalse 1\nTrue\n", ""), (code, output, error));
    }

    [Fact]
    public async Task A_forked_process_does_not_write_into_its_parents_page()
    {
        var (code, output, error) = await RankAsync(OfPage + """
            cairn.stop_requested(step=5)
            pid = os.fork()
            if pid == 0:
                cairn.stop_requested(step=99)
                os._exit(0)
            os.waitpid(pid, 0)
            print(word(8), len(os.listdir("pages")))
            """);
        Assert.Equal((0, "5 1\n", ""), (code, output, error));
    }

    [Theory]
    [InlineData("CAIRN_PAGES=")]
    [InlineData("CAIRN_PAGES=nowhere")]
    public async Task Without_a_page_the_flag_counts_and_that_is_said_once(string pages)
    {
        _folder.Sandbox.Write("status.json", "{\"stop_requested\":true}");
        var (code, output, error) = await _folder.Run("import cairn\nprint(cairn.stop_requested(step=1), cairn.stop_requested(step=2))", "RANK=0", "WORLD_SIZE=2", "CAIRN_STATUS=status.json", pages);
        Assert.Equal((0, "True True\n"), (code, output));
        Assert.Equal("cairn: the ranks are not brought to stop at one step", Assert.Single(error.TrimEnd().Split('\n'))[..52]);
    }

    [Theory]
    [InlineData("RANK=0", "WORLD_SIZE=1")]
    [InlineData("SLURM_STEP_ID=0", "SLURM_STEP_NUM_TASKS=1")]
    public async Task Who_is_alone_makes_none(string first, string second)
    {
        var (code, output, error) = await _folder.Run("import cairn, os\nprint(cairn.stop_requested(), os.listdir('pages'))", first, second, "CAIRN_PAGES=" + _folder.At("pages"));
        Assert.Equal((0, "False []\n", ""), (code, output, error));
    }

    // The step before is another one of the same job. Rank 1 alone finds that no time is left.
    [Theory]
    [InlineData("subprocess.Popen(['scancel', '--signal=USR2', os.environ['SLURM_JOB_ID']])", "cairn.stop_requested(step=step)")]
    [InlineData("cairn.deadline = lambda: 1.0", "cairn.stop_requested(60, step=step)")]
    [InlineData("subprocess.Popen(['scancel', '--signal=USR2', os.environ['SLURM_JOB_ID']])", "step % 10 == 0 and cairn.stop_requested(step=step)")]
    public async Task Ranks_stop_at_one_step_whoever_wants_it(string want, string ask)
    {
        var (stops, log) = await PairAsync(want, ask);
        Assert.Equal(2, stops.Length);
        Assert.Equal(stops[0], stops[1]);
        Assert.Contains("all 2 ranks stop at step ", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_one_rank_does_not_ask_each_stops_for_itself_and_that_is_said_once()
    {
        var (stops, log) = await PairAsync("subprocess.Popen(['scancel', '--signal=USR2', os.environ['SLURM_JOB_ID']])", "cairn.stop_requested(step=step) if rank == 1 else os.path.exists('stops')");
        Assert.Equal(2, stops.Length);
        Assert.Single(log.Split('\n'), line => line.EndsWith("each stops for itself: of 2 1 ask whether to stop", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    private async Task<(int Code, string Output, string Error)> RankAsync(string program) => await _folder.Run(program, "RANK=3", "WORLD_SIZE=4", "CAIRN_PAGES=" + _folder.At("pages"));

    private async Task<(string[] Stops, string Log)> PairAsync(string want, string ask)
    {
        _folder.Sandbox.Write("train.py", "import subprocess\n" + Pair.Replace("WANT", want, StringComparison.Ordinal).Replace("ASK", ask, StringComparison.Ordinal));
        _folder.Sandbox.Write("job.sh", $"#!/bin/bash\n#SBATCH --ntasks=2 --output=log\nexec {Sandbox.Program} run --max-attempts 1 --checkpoint-dir ckpt -- bash -c \"srun {Sandbox.Program} run --task -- true; exec srun {Sandbox.Program} run --task -- python3 -B train.py\"\n");
        var run = await _folder.Sandbox.Local("--time", "1h", "job.sh");
        return (_folder.Lines("stops"), run.Error + string.Join('\n', _folder.Lines("log")));
    }
}
