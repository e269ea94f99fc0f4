namespace Cairn.Slurm.Tests.Wrapper;

/// <summary><c>cairn run</c> on a real Slurm: every cause, in every form that differs.</summary>
[Trait("Category", "slow")]
public class WrapperTests(Clusters clusters, WrapperPlays plays) : IClassFixture<WrapperPlays>
{
    public static TheoryData<string> Rows => [.. WrapperTable.All.Select(row => row.Name)];

    [Theory, MemberData(nameof(Rows))]
    public async Task On_a_real_Slurm(string name)
    {
        var row = WrapperTable.All.Single(one => one.Name == name);
        var cluster = await clusters.NeedAsync();
        using var room = await plays.EnterAsync();
        var folder = await cluster.MakeFolderAsync("run-" + name.Replace(' ', '-').Replace(",", "", StringComparison.Ordinal));
        var node = row.Cause == Cause.Preemption ? await cluster.TakePreemptibleNodeAsync() : null;
        try
        {
            string[] place = node is null ? row.Options : [.. row.Options, "--partition=low", "--nodelist=" + node, "--exclusive"];
            var job = await cluster.SubmitAsync(folder, await plays.ScriptAsync(cluster, row.Script), place);
            if (row.Cause != Cause.None)
            {
                await job.WaitForLogAsync("begins at step 0", row.Tasks);
                await StopAsync(cluster, folder, job, row.Cause, node);
            }

            var status = await job.WaitForEndAsync();
            var restarts = row.EndsByLimit ? Math.Min(status.Restarts, row.Restarts) : status.Restarts;
            Assert.True((status.State, restarts) == (row.State, row.Restarts), $"{status.State} after {status.Restarts} restarts: {job.Log}");
            Assert.All(row.Says, text => Assert.Contains(text, job.Log, StringComparison.Ordinal));

            // Not with the line's end: python's handler may print in mid-line.
            Assert.Equal(row.FromZero * row.Tasks, job.Log.Split("begins at step 0").Length - 1);
        }
        finally
        {
            if (node is not null)
                cluster.GiveBack(node);
        }
    }

    [Fact]
    public async Task Of_an_array_only_the_element_that_was_warned_is_requeued()
    {
        var cluster = await clusters.NeedAsync();
        using var room = await plays.EnterAsync();
        var folder = await cluster.MakeFolderAsync("run-array");
        var submitted = await cluster.SubmitAsync(folder, await plays.ScriptAsync(cluster, "exec CAIRN run --checkpoint-dir ckpt-$SLURM_ARRAY_TASK_ID -- TRAIN guide 300 0.1"), "--time=5", "--array=1-2", "--output=job-%a.log");
        var (first, last) = (new Job(cluster, submitted.Id + "_1", folder, "job-1.log"), new Job(cluster, submitted.Id + "_2", folder, "job-2.log"));
        await Task.WhenAll(first.WaitForLogAsync("begins at step 0"), last.WaitForLogAsync("begins at step 0"));

        // The last element has the array's own id: requeued by that, the first one would be, too.
        await last.CommandAsync("scancel", "--batch", "--signal=USR2", last.Id);
        var ends = await Task.WhenAll(first.WaitForEndAsync(), last.WaitForEndAsync());
        Assert.Equal([("COMPLETED", 0), ("COMPLETED", 1)], ends.Select(end => (end.State, end.Restarts)));
    }

    [Fact]
    public async Task Several_tasks_with_a_wrapper_each_are_refused()
    {
        var cluster = await clusters.NeedAsync();
        using var room = await plays.EnterAsync();
        var folder = await cluster.MakeFolderAsync("run-refused");
        var job = await cluster.SubmitAsync(folder, await plays.ScriptAsync(cluster, "srun CAIRN run -- TRAIN guide 200 0.1"), "--time=5", "-n2");
        Assert.Equal("FAILED", (await job.WaitForEndAsync()).State);
        Assert.Contains("exec cairn run -- srun cairn run --task -- ", job.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("begins", job.Log, StringComparison.Ordinal);
    }

    private static async Task StopAsync(Cluster cluster, string folder, Job job, Cause cause, string? node)
    {
        string[] command = cause switch
        {
            Cause.WarningToShell => ["scancel", "--batch", "--signal=USR2", job.Id],
            Cause.WarningToTasks => ["scancel", "--signal=USR2", job.Id],
            Cause.Cancel => ["scancel", job.Id],
            Cause.Requeue => ["scontrol", "requeue", job.Id],
            _ => ["sbatch", "--partition=high", "--nodelist=" + node, "--exclusive", "--time=1", "--output=/dev/null", "--wrap=sleep 5"],
        };
        var answer = await cluster.AsUserAsync(folder, command[0], command[1..]);
        Assert.True(answer.ExitCode == 0, answer.StandardError);
    }
}
