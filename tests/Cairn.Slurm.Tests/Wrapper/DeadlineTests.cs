using System.Globalization;

namespace Cairn.Slurm.Tests.Wrapper;

/// <summary>The deadline that the Python helper tells a program that goes on until it is killed, where KillWait is not Slurm's own.</summary>
[Trait("Category", "slow")]
public class DeadlineTests(Clusters clusters, WrapperPlays plays)
{
    private const string Exec = "exec CAIRN run --checkpoint-dir ckpt -- TELLER";
    private const string Both = "exec CAIRN run --checkpoint-dir ckpt -- srun CAIRN run --task -- TELLER";
    private const string HelperAlone = "exec srun TELLER";

    [Theory]
    [InlineData("scancel", "exec", Exec)]
    [InlineData("scancel", "both", Both)]
    [InlineData("scancel", "alone", HelperAlone)]
    [InlineData("preemption", "exec", Exec)]
    [InlineData("preemption", "both", Both)]
    [InlineData("preemption", "alone", HelperAlone)]
    public async Task What_was_told_last_is_when_the_KILL_comes_or_nothing(string cause, string name, string script)
    {
        var cluster = await clusters.NeedAsync(Setup.ShortKillWait);
        var folder = await cluster.MakeFolderAsync($"deadline-{cause}-{name}");
        var node = cause == "preemption" ? await cluster.TakePreemptibleNodeAsync() : null;
        try
        {
            string[] place = node is null ? [] : ["--partition=low", $"--nodelist={node}", "--exclusive"];
            var job = await cluster.SubmitAsync(folder, await plays.ScriptAsync(cluster, script), ["--time=5", .. place]);
            var file = Path.Combine(folder, "told.txt");
            await job.WaitAsync(() => File.Exists(file) && File.ReadAllText(file).Contains('\n', StringComparison.Ordinal), "the first line");
            if (node is null)
                Assert.Equal(0, await job.CommandAsync("scancel", job.Id));
            else
                Assert.Equal(0, await job.CommandAsync("sbatch", "--partition=high", "--nodelist=" + node, "--exclusive", "--time=1", "--output=/dev/null", "--wrap=sleep 1"));
            await job.WaitForEndAsync();

            var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
            var last = lines[^1].Split(' ');
            TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', lines.Where((_, i) => i % 10 == 0).Append(lines[^1]).Append(job.Log)));
            if (last[1] == "None")
            {
                Assert.True(name == "alone", string.Join('\n', lines) + job.Log);
                return;
            }

            var early = double.Parse(last[1], CultureInfo.InvariantCulture) - double.Parse(last[0], CultureInfo.InvariantCulture);
            Assert.True(early is > -3 and < 3, $"{early} s between the KILL and the deadline\n{string.Join('\n', lines)}\n{job.Log}");
        }
        finally
        {
            if (node is not null)
                cluster.GiveBack(node);
        }
    }
}
