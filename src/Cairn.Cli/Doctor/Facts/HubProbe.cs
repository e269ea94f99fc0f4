using System.Globalization;
using System.Net.Sockets;
using Cairn.Ranks;
using Cairn.Slurm;

namespace Cairn.Cli.Doctor.Facts;

/// <summary>Listens as the hub of several ranks, and has srun try on every node of the allocation whether it is reached.</summary>
internal static class HubProbe
{
    // Of srun with its start of a step on each node, on a busy cluster; the calls themselves take no longer than they may.
    private static readonly TimeSpan Patience = HubCall.Limit + TimeSpan.FromSeconds(25);

    /// <summary>Tries it out; null outside of an allocation of several nodes, and in a step, where each task would.</summary>
    public static HubFacts? Read(SlurmCommands slurm, JobFacts? job, ClusterFacts cluster)
    {
        if (job is not { Job.Step: null } || !cluster.Answers || Environment.GetEnvironmentVariable("SLURM_JOB_NODELIST") is not { Length: > 0 } list)
            return null;
        string[] nodes = [.. (slurm.Show("hostnames", list).Text ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        if (nodes.Length < 2)
            return null;
        try
        {
            using var hub = new HubServer(ControlAddress.NewToken(), onlyHere: false, TimeProvider.System, new ConsoleLogger());
            return Ask(hub.Address, nodes, Arguments(nodes.Length, cluster.Setting("SLURM_VERSION")));
        }
        catch (SocketException error)
        {
            return new([], nodes, [], $"this node cannot listen: {error.Message}");
        }
    }

    /// <summary>What srun is told: one task a node, beside whatever else runs there.</summary>
    public static IReadOnlyList<string> Arguments(int nodes, string version)
    {
        var number = nodes.ToString(CultureInfo.InvariantCulture);

        // Before 20.11 steps shared what the job has without being told.
        string[] overlap = Version.TryParse(version.Split('-')[0], out var known) && known < new Version(20, 11) ? [] : ["--overlap"];
        return [$"--nodes={number}", $"--ntasks={number}", "--ntasks-per-node=1", "--cpus-per-task=1", .. overlap, "--mpi=none", "--kill-on-bad-exit=0", "--wait=0", "--input=none"];
    }

    private static HubFacts Ask(ControlAddress hub, string[] nodes, IReadOnlyList<string> arguments)
    {
        var run = CommandRun.Of("srun", [.. arguments, Environment.ProcessPath!, HubCall.Verb, hub.ToString()], [new("LC_ALL", "C")], Patience);
        return new(hub.Hosts, nodes, HubTry.Parse(run.Output), run.ExitCode is 0 ? null : run.Problem ?? run.ErrorWords);
    }
}
