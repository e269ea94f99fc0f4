using Cairn.Cli.Tests.Running;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.PythonHelper;

/// <summary>What docs/python-contract.md says of launchers, as it stands there: the line of the script and the lines by which the ranks agree, with a real PyTorch.</summary>
public sealed class PythonLauncherTests : IDisposable
{
    // The first attempt never ends by itself: its rank 0 has the job warned. Every rank notes where it begins, saves and ends.
    private const string Program = """
        import cairn
        import itertools, os, subprocess, time
        import torch, torch.distributed, torch.multiprocessing

        def train(rank):
            if "RANK" in os.environ:
                torch.distributed.init_process_group("gloo")
                rank = torch.distributed.get_rank()
            else:
                meet = "file://" + os.path.abspath("meet-{}".format(cairn.attempt()))
                torch.distributed.init_process_group("gloo", init_method=meet, rank=rank, world_size=2)
            device = "cpu"
            path = os.path.join(cairn.checkpoint_dir(), "state.pt")

            def note(what, step):
                with open("rank-{}".format(rank), "a") as file:
                    file.write("{} {} {}\n".format(cairn.attempt(), what, step))

            def save(step):
                note("saves", step)
                if rank == 0:
                    torch.save(step, path + ".new")
                    os.replace(path + ".new", path)

            start = torch.load(path) if os.path.exists(path) else 0
            note("begins", start)
            for step in itertools.count(start + 1):
                time.sleep(0.01)
                if cairn.attempt() == 1 and step == 20 and rank == 0:
                    subprocess.run(["scancel", "--signal=USR2", os.environ["SLURM_JOB_ID"]], check=True)
                if cairn.attempt() > 1 and step == start + 20:
                    break
        AGREE
            note("ends", step - start)
            cairn.finished()

        if __name__ == "__main__":
            if "RANK" in os.environ:
                train(None)
            else:
                torch.multiprocessing.spawn(train, nprocs=2)
        """;

    private readonly PythonFolder _folder = new();

    [Theory]
    [InlineData("torchrun --standalone")]
    [InlineData("python train.py")]
    public async Task Warned_once_all_ranks_save_the_same_step_and_go_on_there(string launcher)
    {
        await DebianTorch.NeedAsync();
        var agree = Assert.Single(PythonPage.Blocks, block => block.Contains("all_reduce(stop", StringComparison.Ordinal));
        _folder.Sandbox.Write("train.py", Program.Replace("AGREE\n", string.Concat(agree.TrimEnd('\n').Split('\n').Select(line => $"        {line}\n")), StringComparison.Ordinal));
        var line = Assert.Single(PythonPage.ShellLines, line => line.Contains(launcher, StringComparison.Ordinal));
        Directory.CreateDirectory(_folder.At("bin"));
        _folder.Sandbox.Script("bin/cairn", $"exec {Sandbox.Program} \"$@\"");
        _folder.Sandbox.Script("bin/python", $"exec {DebianTorch.Python} -B \"$@\"");
        _folder.Torchrun(DebianTorch.Python);
        _folder.Sandbox.Write("job.sh", $"PATH={_folder.At("bin")}:$PATH\n{line.Replace("nproc_per_node=4", "nproc_per_node=2", StringComparison.Ordinal)}\n");

        var run = await _folder.Sandbox.Local("--time", "1h", "--requeue-delay", "100ms", "--", "bash", "job.sh");
        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        var first = _folder.Lines("rank-0");
        var saved = first[1].Split(' ')[^1];
        Assert.Equal(["1 begins 0", $"1 saves {saved}", $"2 begins {saved}", "2 ends 20"], first);
        Assert.Equal(first, _folder.Lines("rank-1"));
    }

    public void Dispose() => _folder.Dispose();
}
