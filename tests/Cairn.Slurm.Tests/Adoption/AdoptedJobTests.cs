using Cairn.Slurm.Tests.Wrapper;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Slurm.Tests.Adoption;

/// <summary>Scripts as people have them, converted by <c>cairn adopt</c>, on a real Slurm: warned, requeued, finished.</summary>
[Trait("Category", "slow")]
public class AdoptedJobTests(Clusters clusters, WrapperPlays plays)
{
    [Fact]
    public async Task Tasks_hear_the_warning_and_go_on_where_they_were()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("adopted-tasks");
        var job = await SubmitAsync(cluster, folder, "#SBATCH --time=5 --ntasks=2\nsrun TRAIN guide 150 0.1");
        await job.WaitForLogAsync("begins at step 0", 2);
        Assert.Equal(0, await job.CommandAsync("scancel", "--batch", "--signal=USR2", job.Id));
        var end = await job.WaitForEndAsync();
        Assert.True((end.State, end.Restarts) == ("COMPLETED", 1), $"{end.State} after {end.Restarts} restarts: {job.Log}");
        Assert.Equal(2, job.Log.Split("begins at step 0").Length - 1);
        Assert.Equal(2, job.Log.Split("training complete").Length - 1);
    }

    [Fact]
    public async Task With_commands_behind_the_jobs_end_warns_and_they_run_once()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("adopted-behind");
        var job = await SubmitAsync(cluster, folder, "#SBATCH --time=1\nset -e\nsrun TRAIN guide 600 0.1\necho \"behind: $?\"");
        var end = await job.WaitForEndAsync();
        Assert.True((end.State, end.Restarts) == ("COMPLETED", 1), $"{end.State} after {end.Restarts} restarts: {job.Log}");
        Assert.Contains("the job's end is near", job.Log, StringComparison.Ordinal);
        Assert.Equal(1, job.Log.Split("begins at step 0").Length - 1);
        Assert.Equal(1, job.Log.Split("behind: 0").Length - 1);
    }

    private async Task<Job> SubmitAsync(Cluster cluster, string folder, string lines)
    {
        var original = Path.Combine(folder, "original.sh");
        await File.WriteAllTextAsync(original, await plays.ScriptAsync(cluster, lines), TestContext.Current.CancellationToken);
        var adopted = await Cli.Wrap(Clusters.CommandLine).WithArguments(["adopt", "-o", "adopted.sh", "original.sh"]).WithWorkingDirectory(folder)
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.True(adopted.ExitCode == 0, adopted.StandardError);
        var text = await File.ReadAllTextAsync(Path.Combine(folder, "adopted.sh"), TestContext.Current.CancellationToken);
        // The job has no cairn on its PATH.
        return await cluster.SubmitAsync(folder, (await plays.ScriptAsync(cluster, text.Replace("cairn run", "CAIRN run", StringComparison.Ordinal)))["#!/bin/bash\n".Length..]);
    }
}
