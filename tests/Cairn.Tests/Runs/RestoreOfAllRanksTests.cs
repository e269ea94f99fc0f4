using Cairn.Tests.Checkpoints;

namespace Cairn.Tests.Runs;

/// <summary>All ranks begin with one checkpoint: where one of them cannot read it just now, or does not see it, none takes an older one for it.</summary>
public sealed class RestoreOfAllRanksTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("step-0000000020", "open,openat:error=EIO", "Input/output error")]
    [InlineData("", "getdents64:retval=0", "it is not seen on")]
    public async Task The_start_is_refused_by_the_ranks_name(string what, string inject, string why)
    {
        Strace.Need();
        string[] arguments = ["--folder", "checkpoints", "--save-every", "10", "--wait-for-saves", "--out", "final.bin"];
        using (var before = new RankProcesses(folder.Path, 2, [.. arguments, "--steps", "20"]))
            Assert.Equal([0, 0], before.WaitForEnd());

        using var ranks = new RankProcesses(folder.Path, 2, [.. arguments, "--steps", "30", "--fast-time", "10", "--slow-start", "5", "--rank", "1"], restarts: 1);
        ranks.Await("rank 1 is process");
        using var strace = await Strace.Attach(ranks.Pid(1), folder["trace"], $"--inject={inject}:when=1+", "-P", folder[$"checkpoints/{what}"].TrimEnd('/'));

        Assert.DoesNotContain(0, ranks.WaitForEnd());
        Assert.Contains("rank 1 cannot begin: checkpoint", ranks.Messages, StringComparison.Ordinal);
        Assert.Contains(why, ranks.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("passed over", ranks.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("resumes at step 10", ranks.Messages, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();
}
