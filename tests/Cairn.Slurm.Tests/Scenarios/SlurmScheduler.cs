namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>Scenarios on a real Slurm.</summary>
/// <param name="cluster">The cluster.</param>
internal sealed class SlurmScheduler(Cluster cluster) : IScheduler
{
    // Slurm warns 6 to 27 s early: after the program came to its step, whatever the machine is busy with.
    private const int Lead = 15;

    public async Task<IPlayedJob> SubmitAsync(Scenario scenario)
    {
        if (scenario.Partition == "fragile")
            await cluster.TakeFragileAsync();
        var job = new SlurmPlayedJob(
            cluster, scenario, await cluster.MakeFolderAsync(Guid.NewGuid().ToString("N")[..8]),
            scenario.IsPreempted ? await cluster.TakePreemptibleNodeAsync() : null);
        try
        {
            await job.SubmitAsync([
                $"--partition={scenario.Partition}",
                $"--time={scenario.Minutes}",
                .. scenario.Warning is { } warning ? [$"--signal={warning}@{Lead}"] : Array.Empty<string>(),
                .. scenario.Requeue switch { true => ["--requeue"], false => ["--no-requeue"], null => Array.Empty<string>() },
                .. scenario.ArrayTask is { } task ? [$"--array={task}"] : Array.Empty<string>(),
                .. scenario.Tasks > 1 ? [$"--nodes={scenario.Tasks}", $"--ntasks={scenario.Tasks}"] : Array.Empty<string>(),
            ]);
            return job;
        }
        catch
        {
            await job.DisposeAsync();
            throw;
        }
    }
}
