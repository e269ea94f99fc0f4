using Cairn.Shared;

namespace Cairn.Native.Tests;

/// <summary>Several ranks in Python: tasks of a job of <c>cairn local</c>, with a real DistributedDataParallel between them.</summary>
[Trait("Category", "slow")]
public sealed class RankTests : IDisposable
{
    private readonly Sandbox sandbox = new();

    [Fact]
    public void Ranks_that_train_together_stop_together_and_each_goes_on_with_its_own()
    {
        var import = sandbox.StartPython("-c", "import torch.distributed");
        import.End();
        Assert.SkipWhen(import.ExitCode != 0, $"{Sandbox.Python} has no PyTorch (on Debian python3-torch): {import.Errors}");
        Train("straight", -1);
        Train("cut", 13);
        foreach (var rank in new[] { 0, 1 })
        {
            var straight = File.ReadAllText(sandbox.At($"straight-1-rank-{rank}"));
            Assert.Equal(straight, File.ReadAllText(sandbox.At($"cut-2-rank-{rank}")));
            Assert.NotEqual(straight, File.ReadAllText(sandbox.At($"cut-1-rank-{rank}"))); // it was stopped before its end
        }

        Assert.NotEqual(File.ReadAllText(sandbox.At("straight-1-rank-0")), File.ReadAllText(sandbox.At("straight-1-rank-1")));
    }

    public void Dispose() => sandbox.Dispose();

    private void Train(string folder, int warned)
    {
        var job = sandbox.Run(
            Packed.Binary!, "local", "--time", "90s", "--requeue-delay", "100ms", "--ntasks", "2", "--",
            Sandbox.Python, "-B", Sandbox.Beside("Programs/ranks.py"), folder, warned.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(job.ExitCode == 0, job.All);
        Assert.Equal(2, job.Output.Count(line => line.EndsWith("Outcome(FINISHED, exit_code=0)", StringComparison.Ordinal)));
    }
}
