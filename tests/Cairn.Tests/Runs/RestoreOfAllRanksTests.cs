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

        using var ranks = new RankProcesses(folder.Path, 2, [.. arguments, "--steps", "30", "--fast-time", "10", "--patience", "1800", "--start-when", "traced", "--rank", "1"], restarts: 1);
        ranks.Await("rank 1 is process");
        using var strace = await Strace.Attach(ranks.Pid(1), folder["trace"], $"--inject={inject}:when=1+", "-P", folder[$"checkpoints/{what}"].TrimEnd('/'));
        StartTraced(1);

        Assert.DoesNotContain(0, ranks.WaitForEnd());
        Assert.Contains("rank 1 cannot begin: checkpoint", ranks.Messages, StringComparison.Ordinal);
        Assert.Contains(why, ranks.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("passed over", ranks.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("resumes at step 10", ranks.Messages, StringComparison.Ordinal);
    }

    // Closed without a word its connection would be its death to the others, and the job would be requeued for that. Behind the claim, when the other rank is here, rank 0 removes
    // what a killed start has left; what was before every rank reads for itself.
    [Theory]
    [InlineData(0, "unlink,unlinkat:error=EIO:delay_enter=4000000", ".look-1", "rank 0 has ended the run")]
    [InlineData(1, "openat:error=EIO", "0001.jsonl", "rank 1 failed: ")]
    public async Task A_rank_whose_start_fails_is_not_taken_for_killed(int rank, string inject, string file, string says)
    {
        Strace.Need();
        string[] arguments = ["--folder", "checkpoints", "--step-ms", "0"];
        using (var before = new RankProcesses(folder.Path, 2, [.. arguments, "--steps", "20"]))
            Assert.Equal([0, 0], before.WaitForEnd());

        File.WriteAllText(folder["checkpoints/attempts/.look-1"], string.Empty);
        using var ranks = new RankProcesses(folder.Path, 2, [.. arguments, "--steps", "30", "--start-when", "traced", "--rank", $"{rank}"], restarts: 1);
        ranks.Await($"rank {rank} is process");
        using var strace = await Strace.Attach(ranks.Pid(rank), folder["trace"], $"--inject={inject}:when=1+", "-P", folder[$"checkpoints/attempts/{file}"]);
        StartTraced(rank);
        Assert.DoesNotContain(0, ranks.WaitForEnd());
        Assert.Contains("cairn: error: ", ranks.Messages, StringComparison.Ordinal);
        Assert.True(ranks.Messages.Contains(says, StringComparison.Ordinal), ranks.Messages);
        Assert.DoesNotContain("stands in for rank 0", ranks.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("requeue", ranks.Messages, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    // A rank that fails before rank 0 listens has nobody to tell: what that one says then is that it did not come.
    private void StartTraced(int rank)
    {
        var journal = folder["checkpoints/attempts/0002.jsonl"];
        Assert.True(rank == 0 || SpinWait.SpinUntil(() => File.Exists(journal) && File.ReadAllText(journal).Contains("\"control\"", StringComparison.Ordinal), TimeSpan.FromMinutes(2)));
        File.WriteAllText(folder["traced"], string.Empty);
    }
}
