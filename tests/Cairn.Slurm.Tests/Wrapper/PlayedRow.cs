namespace Cairn.Slurm.Tests.Wrapper;

/// <summary>A row that is being played: its job, the place that it takes on the cluster, and what stops it.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="row">The row.</param>
/// <param name="folder">Where the job runs.</param>
internal sealed class PlayedRow(Cluster cluster, WrapperRow row, string folder) : IAsyncDisposable
{
    private string? node;
    private bool isFragile;
    private string? down;

    /// <summary>The job.</summary>
    public Job Job { get; private set; } = null!;

    /// <summary>Waits for a place, and submits the job there.</summary>
    public async Task SubmitAsync(WrapperPlays plays)
    {
        string[] place = [];
        switch (row.Cause)
        {
            case Cause.Preemption:
                node = await cluster.TakePreemptibleNodeAsync();
                place = [$"--partition={row.Preemptible}", $"--nodelist={node}", "--exclusive"];
                break;
            case Cause.NodeDown:
                await cluster.TakeFragileAsync();
                isFragile = true;
                place = ["--partition=fragile"];
                break;
        }

        string[] tasks = row.Tasks == 1 ? [] : [$"--nodes={row.Tasks}", $"--ntasks={row.Tasks}"];
        Job = await cluster.SubmitAsync(folder, await plays.ScriptAsync(cluster, row.Script), [$"--time={row.Minutes}", .. tasks, .. row.Options, .. place]);
    }

    /// <summary>Stops the job once all its tasks have begun; returns before it has ended.</summary>
    public async Task StopAsync()
    {
        if (row.Cause == Cause.None)
            return;
        await Job.WaitForLogAsync("begins at step 0", row.Tasks);
        switch (row.Cause)
        {
            case Cause.WarningToShell:
                await WarnAsync();
                break;
            case Cause.WarningToTasks:
                await UserAsync("scancel", "--signal=USR2", Job.Id);
                break;
            case Cause.WarningWhenDone:
                await MakeFileAsync("ready");
                await WarnAsync();
                break;
            case Cause.Preemption:
                await UserAsync("sbatch", "--partition=high", "--nodelist=" + node, "--exclusive", "--time=1", "--output=/dev/null", "--wrap=sleep 5");
                break;
            case Cause.CancelInSave:
                await WarnAsync();
                await Job.WaitForLogAsync("in the middle of the save", row.Tasks);
                await UserAsync("scancel", Job.Id);
                break;
            case Cause.Cancel:
                await UserAsync("scancel", Job.Id);
                break;
            case Cause.RequeueAtTheEnd:
                await Job.WaitForEndAsync();
                await UserAsync("scontrol", "requeue", Job.Id);
                break;
            case Cause.Requeue:
                await UserAsync("scontrol", "requeue", Job.Id);
                break;
            case Cause.NodeDown:
                down = await Job.HostAsync();
                await cluster.AsRootAsync("scontrol", "update", $"nodename={down}", "state=down", "reason=test");
                break;
            case Cause.StopFile:
                await MakeFileAsync("stop");
                break;
            default:
                throw new InvalidOperationException($"{row.Cause} is not known here");
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (down is not null)
                await cluster.AsRootAsync("scontrol", "update", $"nodename={down}", "state=resume");
        }
        finally
        {
            if (node is not null)
                cluster.GiveBack(node);
            if (isFragile)
                cluster.GiveBackFragile();
        }
    }

    private Task WarnAsync() => UserAsync("scancel", "--batch", "--signal=USR2", Job.Id);

    private Task MakeFileAsync(string name) => File.WriteAllTextAsync(Path.Combine(folder, name), string.Empty, TestContext.Current.CancellationToken);

    private async Task UserAsync(string command, params string[] arguments)
    {
        var answer = await cluster.AsUserAsync(folder, command, arguments);
        Assert.True(answer.ExitCode == 0, answer.StandardError);
    }
}
