using System.Globalization;
using Cairn.Cli.Processes;
using Cairn.Cli.Tests.Running;
using Cairn.Shared;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>What a wrapper gives back while it waits, and that it goes on all the same.</summary>
public sealed class OwnCodeTests : IDisposable
{
    private const string Binary = "/opt/tools of ours/cairn";

    private static readonly string[] Maps =
    [
        "00400000-00405000 r--p 00000000 08:01 77                                 /opt/tools of ours/cairn",
        "00405000-007ff000 r-xp 00005000 08:01 77                                 /opt/tools of ours/cairn",
        "00a00000-00c00000 rw-p 00600000 08:01 77                                 /opt/tools of ours/cairn",
        "00c00000-00d00000 rwxp 00800000 08:01 77                                 /opt/tools of ours/cairn",
        "7f0000000000-7f0000100000 r-xs 00000000 00:05 12                         /memfd:doublemapper (deleted)",
        "7f0000100000-7f0000200000 r-xp 00000000 00:00 0 ",
        "7f0000200000-7f0000300000 r-xp 00000000 08:01 78                         /usr/lib/libc.so.6",
    ];

    private readonly WrapperSandbox _sandbox = new();

    [Theory]
    [InlineData(0x00405000)]
    [InlineData(0x007fefff)]
    public void The_mapping_of_the_binarys_code_is_found(nint address) =>
        Assert.Equal((0x00405000u, 0x007ff000u), OwnCode.Range(Maps, (nuint)address, Binary));

    [Theory]
    [InlineData(0x00404fff)] // not code
    [InlineData(0x00a00000)] // what was written would be lost
    [InlineData(0x00c00000)] // so here
    [InlineData(0x7f0000000000)] // compiled as it ran
    [InlineData(0x7f0000100000)] // in no file
    [InlineData(0x7f0000200000)] // another's
    [InlineData(0x007ff000)] // in no mapping
    public void Anything_else_is_left_alone(long address) => Assert.Null(OwnCode.Range(Maps, (nuint)address, Binary));

    [Fact]
    public void Nothing_is_given_back_where_the_binary_is_not_known() => Assert.Null(OwnCode.Range(Maps, 0x00405000, null));

    [Fact]
    public async Task A_waiting_wrapper_keeps_less_than_half_of_its_code_and_still_hears_and_ends_as_usual()
    {
        Assert.SkipWhen(Packed.Binary is null, Packed.Reason);
        _sandbox.Start(["--", _sandbox.Script("job", "trap 'echo trapped; exit 4' USR2; echo ready; while :; do sleep 0.05; done\n")]);
        await _sandbox.PrintsAsync("ready");
        var atFirst = CodeInMemory();
        await Sandbox.Until(() => CodeInMemory() < atFirst / 2, $"less than half of {atFirst} kB of code in memory");
        _sandbox.Signal("USR2");
        Assert.Equal(4, await _sandbox.EndAsync());
        Assert.Equal("ready\ntrapped\n", _sandbox.Output);
    }

    public void Dispose() => _sandbox.Dispose();

    // In kB, as proc_pid_smaps(5) tells it for each mapping.
    private int CodeInMemory()
    {
        var lines = File.ReadAllLines($"/proc/{_sandbox.ProcessId}/smaps");
        var code = Array.FindIndex(lines, line => line.Contains(" r-xp ", StringComparison.Ordinal) && line.EndsWith(Packed.Binary!, StringComparison.Ordinal));
        var words = lines.Skip(code).First(line => line.StartsWith("Rss:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return int.Parse(words[1], CultureInfo.InvariantCulture);
    }
}
