using System.Text.RegularExpressions;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Slurm.Tests.Ranks;

/// <summary>The program of docs/python-ranks.md with a real DistributedDataParallel, as tasks of <c>srun</c> and below torchrun: warned, it ends with the bytes of a run that nobody stopped.</summary>
[Trait("Category", "slow")]
public sealed partial class PythonRankTests(Clusters clusters, Wrapper.WrapperPlays plays)
{
    private const string Python = "/usr/bin/python3";
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("CAIRN_LONG") == "1";

    [Theory]
    [InlineData(2, "srun")]
    [InlineData(2, "torchrun")]
    [InlineData(4, "srun")]
    [InlineData(4, "torchrun")]
    public async Task Ranks_of_Python_that_are_warned_end_with_the_same_bytes(int ranks, string launcher)
    {
        Assert.SkipUnless(IsLong || ranks == 2, "CAIRN_LONG=1 plays it");
        Assert.SkipWhen(Packed.Library is null, Packed.Reason);
        var import = await Cli.Wrap(Python).WithArguments(["-c", "import torch.distributed, numpy"]).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.SkipWhen(import.ExitCode != 0, $"{Python} has no PyTorch (on Debian python3-torch): {import.StandardError}");

        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync($"python-{launcher}-{ranks}");
        await CopyAsync(folder);
        string Line(string result, int step) => launcher == "srun"
            ? $"srun {Python} -B ranks.py {result} {step} USR2"
            : $"CAIRN run --checkpoint-dir of-{result} -- TORCHRUN --log_dir logs --monitor_interval 1 --rdzv_backend c10d --rdzv_id {result} --rdzv_endpoint localhost:0 --nproc_per_node {ranks} ranks.py {result} {step} USR2";

        // With --standalone PyTorch 1.13 has one port for all torchruns of a machine.
        var job = await cluster.SubmitAsync(
            folder,
            (await plays.ScriptAsync(cluster, $"""
                export LIB@=$PWD/libcairn.so PYTHONPATH=$PWD/python OMP_NUM_THREADS=1 USE_LIBUV=0 # without which Debian 13 builds PyTorch
                export @_CHECKPOINT_DIR=of-straight
                [[ -e straight-state-{ranks - 1} ]] || {Line("straight", -1)} || exit
                export @_CHECKPOINT_DIR=of-cut
                exec {Line("cut", 13)}
                """)).Replace("@", "CAIRN", StringComparison.Ordinal),
            launcher == "srun" ? [$"--ntasks={ranks}", "--time=8", "--mem=2000M"] : ["--ntasks=1", $"--cpus-per-task={ranks}", "--time=8", "--mem=2000M"]);
        var status = await job.WaitForEndAsync();
        Assert.True((status.State, status.Restarts) == ("COMPLETED", 1), $"{status.State} after {status.Restarts} restarts:\n{job.Log}");
        Assert.Contains("resumes at step ", job.Log, StringComparison.Ordinal);
        for (var rank = 0; rank < ranks; rank++)
        {
            Assert.Equal(await ReadAsync(folder, $"straight-state-{rank}"), await ReadAsync(folder, $"cut-state-{rank}"));
            Assert.Equal(await ReadAsync(folder, $"straight-data-{rank}"), await ReadAsync(folder, $"cut-data-{rank}"));
        }
    }

    private static Task<string> ReadAsync(string folder, string name) => File.ReadAllTextAsync(Path.Combine(folder, name), TestContext.Current.CancellationToken);

    private static async Task CopyAsync(string folder)
    {
        var page = Block().Match(await File.ReadAllTextAsync(Path.Combine(Clusters.Repository, "docs/python-ranks.md"))).Groups["code"].Value;
        await File.WriteAllTextAsync(Path.Combine(folder, "page.py"), page);
        File.Copy(Path.Combine(Clusters.Repository, "tests/Cairn.Native.Tests/Programs/ranks.py"), Path.Combine(folder, "ranks.py"));
        File.Copy(Packed.Library!, Path.Combine(folder, "libcairn.so"));
        await Cli.Wrap("cp").WithArguments(["-r", Path.Combine(Clusters.Repository, "python"), folder]).ExecuteAsync();
        await Cli.Wrap("chmod").WithArguments(["-R", "a+rX", folder]).ExecuteAsync();
    }

    [GeneratedRegex("^```python\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Block();
}
