using System.Globalization;
using Cairn.Cli.Tests.Running;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.PythonHelper;

/// <summary>
/// Ranks that wait for each other in every step, by a real all-reduce, ask only <c>cairn.stop_requested(step=...)</c>: whoever of them stopped at another step than the
/// others would have those hang. Any of them has itself warned first, and what they come to is the same as without a stop.
/// </summary>
public sealed class PythonRankTests : IDisposable
{
    // The sums of small whole numbers in doubles are exact, in whatever order they are made.
    private const string Program = """
        import cairn
        import os, random, subprocess, sys, time
        import torch, torch.distributed

        torch.set_num_threads(1)
        stops = int(sys.argv[1])
        if "RANK" in os.environ:
            torch.distributed.init_process_group("gloo")
        else:
            rank, size = int(os.environ["SLURM_PROCID"]), int(os.environ["SLURM_NTASKS"])
            meet = "file://" + os.path.abspath("meet-{}".format(cairn.attempt()))
            torch.distributed.init_process_group("gloo", init_method=meet, rank=rank, world_size=size)
        rank, size = torch.distributed.get_rank(), torch.distributed.get_world_size()
        path = os.path.join(cairn.checkpoint_dir(), "state.pt")
        start, weight = torch.load(path) if os.path.exists(path) else (0, torch.zeros(1, dtype=torch.double))
        with open("pids", "a") as file:
            file.write("{}\n".format(os.getpid()))

        def note(what, step):
            with open("rank-{}".format(rank), "a") as file:
                file.write("{} {} {}\n".format(cairn.attempt(), what, step))

        chance = random.Random(cairn.attempt())
        leaves_plainly = os.environ.get("LEAVES") == "plainly"
        who, when = chance.randrange(size), start + (1000 if leaves_plainly else chance.randrange(1, 30))
        note("begins", start)
        step = start
        while cairn.attempt() <= stops:
            time.sleep(0.002 * rank)
            gradient = torch.tensor([float((step * 7 + rank) % 5)], dtype=torch.double)
            torch.distributed.all_reduce(gradient)
            weight += gradient
            step += 1
            if step == when and rank == who:
                subprocess.Popen(["scancel", *sys.argv[2:], "--signal=USR2", os.environ["SLURM_JOB_ID"]])
            if cairn.stop_requested(step=step):
                note("stops", step)
                if rank == 0:
                    torch.save((step, weight), path + ".new")
                    os.replace(path + ".new", path)
                torch.distributed.barrier()
                if leaves_plainly:
                    sys.exit(0)
                cairn.exit_for_requeue(step)
        wanted = sum(float((one * 7 + other) % 5) for one in range(start) for other in range(size))
        note("ends", "as without a stop" if weight.item() == wanted else "with {} and not {}".format(weight.item(), wanted))
        cairn.finished()
        """;

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("CAIRN_LONG") == "1";

    private readonly PythonFolder _folder = new();

    [Theory]
    [InlineData(2, 2)]
    [InlineData(4, 1)]
    public async Task Tasks_of_srun_stop_at_one_step(int ranks, int stops) => await StopAsync(ranks, IsLong ? 20 : stops, "srun cairn run --task -- python train.py STOPS");

    [Fact]
    public async Task Processes_of_torchrun_stop_at_one_step() =>
        await StopAsync(2, IsLong ? 20 : 1, "torchrun --standalone --nproc_per_node=2 train.py STOPS --batch", inTasks: false);

    [Fact]
    public async Task Tasks_under_the_jobs_wrapper_alone_stop_at_one_step() => await StopAsync(2, IsLong ? 20 : 1, "srun python train.py STOPS");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_told_by_its_page_and_leaves_with_code_0_has_not_finished(bool inTasks) => await StopAsync(
        2, 1, inTasks ? "srun cairn run --task -- python train.py STOPS" : "torchrun --standalone --nproc_per_node=2 train.py STOPS --batch", inTasks, "LEAVES=plainly");

    public void Dispose() => _folder.Dispose();

    private async Task StopAsync(int ranks, int stops, string command, bool inTasks = true, string environment = "")
    {
        await DebianTorch.NeedAsync();
        _folder.Sandbox.Write("train.py", Program);
        Directory.CreateDirectory(_folder.At("bin"));
        _folder.Sandbox.Script("bin/cairn", $"exec {Sandbox.Program} \"$@\"");
        _folder.Sandbox.Script("bin/python", $"exec {DebianTorch.Python} -B \"$@\"");
        _folder.Torchrun(DebianTorch.Python);
        _folder.Sandbox.Write("job.sh", $"#!/bin/bash\n#SBATCH --requeue --output=log --open-mode=append {(inTasks ? $"--ntasks={ranks}" : "")}\nexport PATH={_folder.At("bin")}:$PATH {environment}\nexec cairn run --checkpoint-dir checkpoints -- {command.Replace("STOPS", stops.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)}\n");

        var run = await _folder.Sandbox.Local((stops + 1) * Sandbox.Patience, "--time", "1h", "--requeue-delay", "100ms", "job.sh");
        var log = run.Error + string.Join('\n', _folder.Lines("log"));
        Assert.True(run.ExitCode == 0, log);
        var first = _folder.Lines("rank-0");
        Assert.Equal((2 * stops) + 2, first.Length);
        Assert.EndsWith("ends as without a stop", first[^1], StringComparison.Ordinal);
        for (var rank = 1; rank < ranks; rank++)
            Assert.Equal(first, _folder.Lines($"rank-{rank}"));
        Assert.Contains($"all {ranks} ranks stop at step {first[1].Split(' ')[^1]}", log, StringComparison.Ordinal);
    }
}
