namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>Where a scenario is played: a real Slurm, or the local scheduler.</summary>
internal interface IScheduler
{
    /// <summary>Submits a scenario's job.</summary>
    Task<IPlayedJob> SubmitAsync(Scenario scenario);
}

/// <summary>A scenario's job. Disposing of it undoes what its moves did to the cluster, and ends what is left of it.</summary>
internal interface IPlayedJob : IAsyncDisposable
{
    /// <summary>Where it runs; its checkpoints are in <c>checkpoints</c>, its last work in <c>final.bin</c>.</summary>
    string Folder { get; }

    /// <summary>Does something to it.</summary>
    Task DoAsync(Act act);

    /// <summary>Waits until a share has passed of the limit with which it was submitted.</summary>
    Task WaitForShareOfLimitAsync(double share);

    /// <summary>Waits until something is so; fails when the job has ended without it, or in the long run.</summary>
    Task WaitAsync(Func<bool> condition, string what);

    /// <summary>Waits until it has ended for good.</summary>
    Task<JobEnd> WaitForEndAsync();
}
