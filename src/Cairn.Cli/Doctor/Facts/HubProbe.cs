using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Cairn.Ranks;
using Cairn.Slurm;

namespace Cairn.Cli.Doctor.Facts;

/// <summary>Listens as the hub of several ranks would, and has srun try on every node of the allocation whether it is reached.</summary>
internal sealed class HubProbe : IDisposable
{
    /// <summary>What is said to who has said the token.</summary>
    public const int Answer = '!';

    // Of srun with its start of a step on each node, on a busy cluster; the calls themselves take no longer than they may.
    private static readonly TimeSpan Patience = HubCall.Limit + TimeSpan.FromSeconds(25);
    private static readonly TimeSpan ToSayToken = TimeSpan.FromSeconds(1);

    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp); // of both families, where there are two
    private readonly string _token = ControlAddress.NewToken();

    private HubProbe()
    {
        _listener.Bind(new IPEndPoint(_listener.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0));
        _listener.Listen(512);
        new Thread(Serve) { IsBackground = true, Name = "hub probe" }.Start();
    }

    private int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public void Dispose() => _listener.Dispose();

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
            using var probe = new HubProbe();
            return probe.Ask(nodes, Arguments(nodes.Length, cluster.Setting("SLURM_VERSION")));
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

    private HubFacts Ask(string[] nodes, IReadOnlyList<string> arguments)
    {
        var hosts = ControlAddress.HostsOfThisMachine();
        var run = CommandRun.Of("srun", [.. arguments, Environment.ProcessPath!, HubCall.Verb, Port.ToString(CultureInfo.InvariantCulture), _token, .. hosts], [new("LC_ALL", "C")], Patience);
        return new(hosts, nodes, HubTry.Parse(run.Output), run.ExitCode is 0 ? null : run.Problem ?? run.ErrorWords);
    }

    // One after another: who says nothing holds the others up for a second.
    private void Serve()
    {
        var said = new byte[_token.Length];
        try
        {
            while (true)
            {
                using var caller = _listener.Accept();
                caller.ReceiveTimeout = (int)ToSayToken.TotalMilliseconds;
                if (Hears(caller, said))
                    caller.Send([(byte)Answer]);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It has been closed.
        }
    }

    private bool Hears(Socket caller, byte[] said)
    {
        try
        {
            for (var read = 0; read < said.Length;)
            {
                var count = caller.Receive(said, read, said.Length - read, SocketFlags.None);
                if (count == 0)
                    return false;
                read += count;
            }

            return Encoding.ASCII.GetString(said) == _token;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
