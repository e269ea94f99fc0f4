using Cairn.Slurm.Tests.Wrapper;
using CliWrap.Buffered;

namespace Cairn.Slurm.Tests.Stopping;

/// <summary><c>cairn stop</c> and <c>cairn resume</c> on a real Slurm, as the job's owner types them.</summary>
[Trait("Category", "slow")]
public class StopTests(Clusters clusters, WrapperPlays plays)
{
    [Fact]
    public async Task A_wrapped_job_is_stopped_requeued_held_and_released()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("stop-wrapped");
        var job = await cluster.SubmitAsync(folder, await plays.ScriptAsync(cluster, "exec CAIRN run --checkpoint-dir ckpt -- HELPER 100000 0.1"), "--time=5");
        await job.WaitForLogAsync("attempt 1 begins at step 0");
        Says(await CairnAsync(cluster, folder, "stop", job.Id), $"job {job.Id} has stopped; cairn resume {job.Id} lets it go on");
        var status = JobStatus.Parse(await job.ShowAsync())!;
        Assert.True((status.State, status.Restarts) == ("FAILED", 0), job.Log);
        Assert.Contains("stopped by cairn stop: not requeued; cairn resume lets it go on", job.Log, StringComparison.Ordinal);

        Says(await CairnAsync(cluster, folder, "resume", job.Id), $"job {job.Id} is requeued");
        Says(await CairnAsync(cluster, folder, "stop", job.Id), $"job {job.Id} waits in the queue and is held there; cairn resume {job.Id} releases it");
        Says(await CairnAsync(cluster, folder, "resume", "ckpt"), $"job {job.Id} is released");
        Assert.DoesNotContain("Held", JobStatus.Parse(await job.ShowAsync())!.Reason, StringComparison.Ordinal);
        await job.MustAsync("scancel", job.Id);
    }

    [Fact]
    public async Task A_run_of_the_library_is_stopped_by_its_folder_with_its_state_saved()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("stop-library");
        var job = await cluster.SubmitAsync(folder, $"#!/bin/bash\nexec {cluster.Program("LinearModel")} --steps 100000 --step-delay 100\n", "--time=5");
        await job.WaitForLogAsync("attempt 1 of job");
        await job.WaitAsync(() => Directory.Exists(Path.Combine(folder, "checkpoints")), "the checkpoint folder");
        Says(await CairnAsync(cluster, folder, "stop", "checkpoints"), "has stopped; step ");
        Assert.Equal("FAILED", JobStatus.Parse(await job.ShowAsync())!.State);
        Assert.Contains("stopped by the stop file", job.Log, StringComparison.Ordinal);
        Says(await CairnAsync(cluster, folder, "stop", job.Id), "has ended already (FAILED): nothing was done");
        Says(await CairnAsync(cluster, folder, "resume", job.Id), $"job {job.Id} is requeued");
        Assert.False(File.Exists(Path.Combine(folder, "checkpoints", "stop")));
        await job.MustAsync("scancel", job.Id);
    }

    private async Task<BufferedCommandResult> CairnAsync(Cluster cluster, string folder, params string[] words) =>
        await cluster.AsUserAsync(folder, (await plays.ScriptAsync(cluster, "CAIRN")).Split('\n')[1], words);

    private static void Says(BufferedCommandResult run, string text) =>
        Assert.True(run.ExitCode == 0 && run.StandardOutput.Contains(text, StringComparison.Ordinal), $"{run.ExitCode}: {run.StandardOutput}{run.StandardError}");
}
