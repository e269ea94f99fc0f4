namespace Cairn.Slurm.Tests.Wrapper;

/// <summary>Ranks on two nodes, which are not equally fast, stop at one step under <c>cairn run</c>.</summary>
[Trait("Category", "slow")]
public class TogetherTests(Clusters clusters, WrapperPlays plays)
{
    private const string Program = """
        import cairn, os, time
        rank = int(os.environ["SLURM_PROCID"])
        for step in range(1, 100000):
            time.sleep(0.01 + 0.005 * rank)
            if cairn.attempt() > 1 and step == 20:
                break
            if cairn.stop_requested(step=step):
                print("rank", rank, "stops at", step, flush=True)
                cairn.exit_for_requeue(step)
            if step == 50:
                print("rank", rank, "has begun", flush=True)
        cairn.finished()
        """;

    // Rank 0 saves for longer than KillWait, and the others leave at once.
    private const string SlowSave = """
        import cairn, os, time
        rank = int(os.environ["SLURM_PROCID"])
        for step in range(1, 100000):
            time.sleep(0.01)
            if step == 50:
                print("rank", rank, "has begun", flush=True)
            if cairn.stop_requested(step=step):
                break
        if rank == 0:
            time.sleep(15)
            print("rank 0 has saved", flush=True)
        cairn.exit_for_requeue(step)
        """;

    [Theory]
    [InlineData("all", "--signal=USR2")] // to every task at once
    [InlineData("batch", "--batch", "--signal=USR2")]
    public async Task Four_tasks_on_two_nodes_stop_at_one_step(string name, params string[] cancel)
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("together-" + name);
        await File.WriteAllTextAsync(Path.Combine(folder, "train.py"), Program, TestContext.Current.CancellationToken);
        File.Copy(Path.Combine(Clusters.Repository, "python/cairn/_job.py"), Path.Combine(folder, "cairn.py"));
        var job = await cluster.SubmitAsync(
            folder, await plays.ScriptAsync(cluster, "exec CAIRN run --checkpoint-dir ckpt -- srun CAIRN run --task -- /usr/bin/python3 -B train.py"), "--time=5", "--nodes=2", "--ntasks=4", "--ntasks-per-node=2");
        for (var rank = 0; rank < 4; rank++)
            await job.WaitForLogAsync($"rank {rank} has begun");
        Assert.Equal(0, await job.CommandAsync(["scancel", .. cancel, job.Id]));
        var status = await job.WaitForEndAsync();
        Assert.True((status.State, status.Restarts) == ("COMPLETED", 1), job.Log);
        var stops = job.Log.Split('\n').Where(line => line.Contains(" stops at ", StringComparison.Ordinal)).Select(line => line.Split(' ')[^1]).ToList();
        Assert.Equal(4, stops.Count);
        Assert.Single(stops.Distinct());
        Assert.Contains($"all 4 ranks stop at step {stops[0]}", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_K_no_task_leaves_before_the_slowest_has_saved()
    {
        var cluster = await clusters.NeedAsync(Setup.ShortKillWait);
        var folder = await cluster.MakeFolderAsync("leave-together");
        await File.WriteAllTextAsync(Path.Combine(folder, "train.py"), SlowSave, TestContext.Current.CancellationToken);
        File.Copy(Path.Combine(Clusters.Repository, "python/cairn/_job.py"), Path.Combine(folder, "cairn.py"));
        var job = await cluster.SubmitAsync(
            folder, await plays.ScriptAsync(cluster, "exec CAIRN run --checkpoint-dir ckpt -- srun -K1 CAIRN run --task -- /usr/bin/python3 -B train.py"), "--time=5", "--nodes=2", "--ntasks=4", "--ntasks-per-node=2");
        for (var rank = 0; rank < 4; rank++)
            await job.WaitForLogAsync($"rank {rank} has begun");
        Assert.Equal(0, await job.CommandAsync("scancel", "--signal=USR2", job.Id));
        await job.WaitForLogAsync("attempt 1 has ended");
        Assert.Equal(0, await job.CommandAsync("scancel", job.Id));
        Assert.Contains("3 of 4 tasks stopped; task 0 is waited for, 30 min at most", job.Log, StringComparison.Ordinal);
        Assert.Contains("rank 0 has saved", job.Log, StringComparison.Ordinal);
        Assert.Contains("requeueing job", job.Log, StringComparison.Ordinal);
    }
}
