using System.Net;
using System.Net.Sockets;
using Cairn.Cli.Doctor.Facts;
using Cairn.Ranks;
using CliWrap;
using CliWrap.Buffered;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Cli.Tests.Doctor;

/// <summary>How a node tries to reach the hub, and how that is asked for.</summary>
public sealed class HubTests
{
    [Fact]
    public async Task Every_host_is_tried_and_none_holds_the_others_up()
    {
        using var hub = new HubServer(ControlAddress.NewToken(), onlyHere: true, TimeProvider.System, NullLogger.Instance);

        // The system takes the call, and nobody ever answers.
        using var silent = new TcpListener(IPAddress.Parse("127.0.0.2"), hub.Address.Port);
        silent.Start();
        string[] hosts = [.. Enumerable.Repeat("127.0.0.2", 8), "127.0.0.1", "no-such-host.invalid", "::1"];
        var run = await ReachAsync(hub.Address with { Hosts = hosts });
        Assert.Equal(hosts, run.Select(one => one.Host));
        Assert.Equal("no answer within 5 s", run[0].Problem);
        Assert.All(run, one => Assert.Equal("n7", one.Node));
        Assert.Equal("127.0.0.1", Assert.Single(run, one => one.Problem is null).Host);
    }

    [Fact]
    public async Task Somebody_else_at_that_port_is_not_the_hub()
    {
        using var other = new HubServer(ControlAddress.NewToken(), onlyHere: true, TimeProvider.System, NullLogger.Instance);
        var run = await ReachAsync(other.Address with { Token = ControlAddress.NewToken() });
        Assert.Equal("something listens there that is not this run's rank 0", Assert.Single(run).Problem);
    }

    [Fact]
    public void Lines_are_found_among_others()
    {
        HubTry[] tries = [new("n1", "n1.cluster", null), new("n2", "10.0.0.1", "Connection refused"), new("n2", "fd00::1", "a\nb")];
        var read = HubTry.Parse($"a greeting\n{string.Join('\n', tries.Select(one => one.ToString()))}\r\ncairn-hub n3\n");
        Assert.Equal([tries[0], tries[1], tries[2] with { Problem = "a b" }], read);
    }

    [Theory]
    [InlineData("22.05.8", true)]
    [InlineData("20.11.0", true)]
    [InlineData("20.02.7", false)]
    [InlineData("24.11.0-0rc1", true)]
    [InlineData("", true)]
    public void A_step_shares_what_the_job_has(string version, bool overlap)
    {
        var arguments = HubProbe.Arguments(12, version);
        Assert.Equal(overlap, arguments.Contains("--overlap"));
        Assert.Contains("--nodes=12", arguments);
        Assert.Contains("--ntasks=12", arguments);
    }

    [Theory]
    [InlineData("MPI plugin types are...\n\tpmix\n\tnone\n\tcray_shasta\n\tpmi2\nspecific pmix plugin versions available: pmix_v4\n", "pmix", "none", "cray_shasta", "pmi2")] // 22.05
    [InlineData("srun: MPI types are...\nsrun: none\nsrun: pmi2\n", "none", "pmi2")] // 18.08
    [InlineData("")]
    public void What_srun_says_of_MPI_is_read(string answer, params string[] types) => Assert.Equal(types, MpiFacts.ParseTypes(answer));

    private static async Task<IReadOnlyList<HubTry>> ReachAsync(ControlAddress hub)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var run = await CliWrap.Cli.Wrap(Running.Sandbox.Program).WithArguments([HubCall.Verb, hub.ToString()])
            .WithEnvironmentVariables(variables => variables.Set("SLURMD_NODENAME", "n7")).ExecuteBufferedAsync(limit.Token);
        return HubTry.Parse(run.StandardOutput);
    }
}
