using System.Reflection;
using CliWrap;
using CliWrap.Buffered;

[assembly: AssemblyFixture(typeof(Cairn.Slurm.Tests.Clusters))]

namespace Cairn.Slurm.Tests;

/// <summary>How a cluster is set up.</summary>
public enum Setup
{
    /// <summary>As production clusters: only what Slurm started gets catchable signals.</summary>
    Cgroup,

    /// <summary>The same, with <c>preempt_send_user_signal</c>, JobRequeue=0 and EnforcePartLimits=ALL.</summary>
    UserSignal,

    /// <summary>As <see cref="Cgroup"/>, with 10 s between TERM and KILL instead of Slurm's own 30.</summary>
    ShortKillWait,

    /// <summary>As in tutorials: descendants get signals too.</summary>
    LinuxProc,
}

/// <summary>The clusters that tests share, each started when the first test needs it, and gone afterwards.</summary>
public sealed class Clusters : IAsyncLifetime
{
    private readonly Dictionary<Setup, Lazy<Task<Cluster>>> clusters = new()
    {
        [Setup.Cgroup] = new(() => Cluster.StartAsync("cgroup")),
        [Setup.UserSignal] = new(() => Cluster.StartAsync("cgroup", "SlurmctldParameters=preempt_send_user_signal", "JobRequeue=0", "EnforcePartLimits=ALL")),
        [Setup.ShortKillWait] = new(() => Cluster.StartAsync("cgroup", "KillWait=10")),
        [Setup.LinuxProc] = new(() => Cluster.StartAsync("linuxproc")),
    };

    /// <summary>The checkout.</summary>
    public static string Repository { get; } = Metadata("Repository");

    /// <summary>The program <c>cairn</c>: the published binary where eng/test.sh names it, else the build of the same configuration.</summary>
    public static string CommandLine { get; } = Packed.Binary ?? Metadata("CommandLine");

    /// <summary>Which of the releases that <c>cairn local</c> imitates is installed; the older one where none is.</summary>
    public static async Task<string> ReleaseAsync()
    {
        try
        {
            var version = (await Cli.Wrap("slurmctld").WithArguments(["-V"]).ExecuteBufferedAsync()).StandardOutput.Split(' ')[^1];
            return int.Parse(version.Split('.')[0]) >= 24 ? "24" : "22";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "22";
        }
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Ends every cluster, and what it started.</summary>
    public async ValueTask DisposeAsync()
    {
        var started = clusters.Values.Where(cluster => cluster.IsValueCreated && cluster.Value.IsCompletedSuccessfully);
        await Task.WhenAll(started.Select(async cluster => await (await cluster.Value).DisposeAsync()));
    }

    /// <summary>A running cluster. Where it can't be had the calling test is skipped, with the reason; in CI it fails.</summary>
    public async Task<Cluster> NeedAsync(Setup setup = Setup.Cgroup)
    {
        var cluster = await clusters[setup].Value;
        if (cluster.Missing is { } reason)
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", "CI needs a real Slurm: " + reason);
            Assert.Skip(reason);
        }

        return cluster;
    }

    /// <summary>The folder that an example was built into.</summary>
    public static string Built(string project) => Path.Combine(Repository, project, Metadata("ProgramFolder"));

    private static string Metadata(string key) =>
        typeof(Clusters).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
