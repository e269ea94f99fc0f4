using System.Globalization;
using Cairn.Cli.Processes;
using Cairn.Cli.Tests.Running;
using Cairn.Shared;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>What a wrapper gives back while it waits, and that it goes on all the same.</summary>
public sealed class OwnCodeTests : IDisposable
{
    private const string Binary = "/opt/tools of ours/cairn";
    private const string Code = "00405000-007ff000 r-xp 00005000 08:01 77                         " + Binary;
    private const nint Address = 0x00405678;

    private static readonly string[] Unchanged = ["Size:               4072 kB", "Rss:                3048 kB", "Anonymous:             0 kB", "VmFlags: rd ex mr mw me"];

    private readonly WrapperSandbox _sandbox = new();

    [Theory]
    [InlineData(0x00405000)]
    [InlineData(0x007fefff)]
    public void The_mapping_of_the_binarys_code_is_found(nint address) =>
        Assert.Equal((0x00405000u, 0x007ff000u), Find([Code, .. Unchanged], address));

    [Theory]
    [InlineData(0x00404fff)]
    [InlineData(0x007ff000)]
    public void An_address_outside_of_it_is_in_none(nint address) => Assert.Null(Find([Code, .. Unchanged], address));

    [Theory]
    [InlineData("00405000-007ff000 rwxp 00005000 08:01 77                         " + Binary)] // what was written would be lost
    [InlineData("00405000-007ff000 r-xs 00005000 08:01 77                         " + Binary)]
    [InlineData("00405000-007ff000 r--p 00005000 08:01 77                         " + Binary)]
    [InlineData("00405000-007ff000 r-xp 00005000 08:01 77                         " + Binary + " (deleted)")]
    [InlineData("00405000-007ff000 r-xp 00005000 08:01 78                         /usr/lib/libc.so.6")]
    [InlineData("00405000-007ff000 r-xp 00000000 00:00 0 ")] // compiled as it ran
    public void Anything_but_the_binarys_own_code_is_left_alone(string head) => Assert.Null(Find([head, .. Unchanged]));

    [Fact]
    public void Code_that_a_debugger_has_changed_is_left_alone() => Assert.Null(Find([Code, "Anonymous:             4 kB"]));

    [Fact]
    public void Where_it_is_not_said_whether_the_code_was_changed_it_is_left_alone() =>
        Assert.Null(Find([Code, "Size:               4072 kB", "00a00000-00c00000 rw-p 00600000 08:01 77                         " + Binary, .. Unchanged]));

    [Fact]
    public void Where_the_binary_is_not_known_nothing_is_given_back() => Assert.Null(OwnCode.MappingAt((nuint)Address, null, [Code, .. Unchanged]));

    [Theory]
    [InlineData("")]
    [InlineData("b/cairn")] // of a folder with a line break in its name
    [InlineData("-")]
    [InlineData("zz-yy r-xp 00005000 08:01 77 /x")]
    [InlineData("00405000 r-xp 00005000 08:01 77 /x")]
    [InlineData("00405000-12345678901234567 r-xp 00005000 08:01 77 /x")]
    [InlineData("00405000-007ff000")]
    public void Lines_that_are_none_are_passed_over(string line) =>
        Assert.Equal((0x00405000u, 0x007ff000u), Find([line, Code, line, .. Unchanged]));

    [Theory]
    [InlineData]
    [InlineData("--stop-file", "stop")] // which is looked for all the time
    public async Task A_waiting_wrapper_keeps_less_than_a_quarter_of_its_code_and_still_hears_and_ends_as_usual(params string[] options)
    {
        Assert.SkipWhen(Packed.Binary is null, Packed.Reason);
        _sandbox.Start([.. options, "--", _sandbox.Script("job", "trap 'echo trapped; exit 4' USR2; echo ready; while :; do sleep 0.05; done\n")]);
        await _sandbox.PrintsAsync("ready");
        await Sandbox.Until(() => OfCode("Rss") < OfCode("Size") / 4, "less than a quarter of the code in memory, of which the start takes three quarters");
        _sandbox.Signal("USR2");
        Assert.Equal(4, await _sandbox.EndAsync());
        Assert.Equal("ready\ntrapped\n", _sandbox.Output);
    }

    public void Dispose() => _sandbox.Dispose();

    private static (nuint Start, nuint End)? Find(string[] smaps, nint address = Address) => OwnCode.MappingAt((nuint)address, Binary, smaps);

    // In kB, as proc_pid_smaps(5) tells it for each mapping.
    private int OfCode(string name)
    {
        var binary = File.ResolveLinkTarget($"/proc/{_sandbox.ProcessId}/exe", false)!.FullName;
        var lines = File.ReadAllLines($"/proc/{_sandbox.ProcessId}/smaps");
        var code = Array.FindIndex(lines, line => line.Contains(" r-xp ", StringComparison.Ordinal) && line.EndsWith(binary, StringComparison.Ordinal));
        Assert.NotEqual(-1, code);
        var words = lines.Skip(code).First(line => line.StartsWith(name + ':', StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return int.Parse(words[1], CultureInfo.InvariantCulture);
    }
}
