using System.Collections.Concurrent;

namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>Where a scenario is played.</summary>
public enum Stage
{
    /// <summary>On the real cluster that it names.</summary>
    Slurm,

    /// <summary>On a real cluster without cgroups.</summary>
    LinuxProc,

    /// <summary>On <c>cairn local</c>.</summary>
    Local,
}

/// <summary>The plays of all scenarios: each is played once a stage, however many tests ask for it.</summary>
/// <param name="clusters">The clusters.</param>
public sealed class Plays(Clusters clusters)
{
    private readonly ConcurrentDictionary<(string, Stage), Lazy<Task<Play>>> plays = [];

    /// <summary>A scenario's play.</summary>
    internal Task<Play> OfAsync(Scenario scenario, Stage stage) =>
        plays.GetOrAdd((scenario.ToString(), stage), _ => new(() => PlayAsync(scenario, stage))).Value;

    private async Task<Play> PlayAsync(Scenario scenario, Stage stage)
    {
        IScheduler scheduler = stage == Stage.Local
            ? new LocalScheduler()
            : new SlurmScheduler(await clusters.NeedAsync(stage == Stage.LinuxProc ? Setup.LinuxProc : scenario.Setup));

        // First, and in front of all: what starts now finds the program, and torch, in memory.
        await Straight.BytesAsync(scenario.ProgramOn(stage));
        return await Play.OfAsync(scenario, scheduler);
    }
}
