using System.Collections.Concurrent;
using CliWrap;

namespace Cairn.Slurm.Tests.Lint;

/// <summary>What the plays share: the programs by the names that scripts give them.</summary>
public sealed class ClaimPlays
{
    private readonly ConcurrentDictionary<Cluster, Lazy<Task<string>>> programs = new();

    /// <summary>The folder with <c>cairn</c> and <c>python</c>, as jobs see it.</summary>
    public Task<string> ProgramsAsync(Cluster cluster) => programs.GetOrAdd(cluster, one => new(() => CopyAsync(one))).Value;

    private static async Task<string> CopyAsync(Cluster cluster)
    {
        var folder = await cluster.MakeFolderAsync("claim-programs");
        await CliWrap.Cli.Wrap("cp").WithArguments(["-r", Path.GetDirectoryName(Clusters.CommandLine)!, Path.Combine(folder, "cli")]).ExecuteAsync();
        File.CreateSymbolicLink(Path.Combine(folder, "cairn"), Path.Combine(folder, "cli", Path.GetFileName(Clusters.CommandLine)));
        File.CreateSymbolicLink(Path.Combine(folder, "python"), "/usr/bin/python3");
        await CliWrap.Cli.Wrap("chmod").WithArguments(["-R", "a+rX", folder]).ExecuteAsync();
        return folder;
    }
}
