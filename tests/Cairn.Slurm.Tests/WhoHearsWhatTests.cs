namespace Cairn.Slurm.Tests;

/// <summary>Without Cairn: the cluster does what docs and design count on. If one of these fails, the tests' ground has changed.</summary>
[Trait("Category", "slow")]
public class WhoHearsWhatTests(Clusters clusters)
{
    // Tells of each USR2 and TERM, for at most two minutes.
    private const string Listener =
        """
        trap 'echo heard USR2' USR2
        trap 'echo heard TERM' TERM
        echo listening
        for i in {1..1200}; do sleep 0.1; done
        """;

    [Fact]
    public async Task A_task_of_srun_hears_the_warning_before_the_limit()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("task");
        await File.WriteAllTextAsync(Path.Combine(folder, "listen.sh"), Listener, TestContext.Current.CancellationToken);
        // Slurm may send it up to a minute earlier (docs/slurm.md); the step must have begun by then, on a busy machine too.
        var job = await cluster.SubmitAsync(folder, "#!/bin/bash\n#SBATCH --time=2 --signal=USR2@30\nsrun bash listen.sh\n");
        await job.WaitForLogAsync("heard USR2");
        await job.CommandAsync("scancel", job.Id);
    }

    [Fact]
    public async Task A_requeue_by_its_owner_brings_the_job_back_and_counts()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("requeue");
        var job = await cluster.SubmitAsync(folder, "#!/bin/bash\n#SBATCH --time=5\necho \"restart ${SLURM_RESTART_COUNT-none}\"\n[ -n \"$SLURM_RESTART_COUNT\" ] && exit 0\nscontrol requeue $SLURM_JOB_ID\nsleep 60\n");
        var status = await job.WaitForEndAsync();
        Assert.Equal(("COMPLETED", 1), (status.State, status.Restarts));

        // Between them stands Slurm's own word about the job that it killed.
        Assert.Equal(["restart none", "restart 1"], job.Log.Split('\n').Where(line => line.StartsWith("restart ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_plain_child_of_the_batch_shell_hears_nothing_and_is_killed()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("child");
        await File.WriteAllTextAsync(Path.Combine(folder, "listen.sh"), Listener, TestContext.Current.CancellationToken);
        var job = await cluster.SubmitAsync(folder, "#!/bin/bash\n#SBATCH --time=1 --signal=USR2@45\nbash listen.sh\n");
        var status = await job.WaitForEndAsync();
        Assert.Equal("TIMEOUT", status.State);
        Assert.Contains("listening", job.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("heard", job.Log, StringComparison.Ordinal);
    }
}
