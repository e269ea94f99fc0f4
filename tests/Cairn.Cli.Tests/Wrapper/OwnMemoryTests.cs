using System.Globalization;
using System.Runtime.CompilerServices;
using Cairn.Cli.Processes;
using Cairn.Cli.Tests.Running;
using Cairn.Shared;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>What a wrapper gives back while it waits, and that it goes on all the same.</summary>
public sealed class OwnMemoryTests : IDisposable
{
    private const string Code = "00405000-007ff000 r-xp 00005000 08:01 77                         /opt/tools of ours/cairn";

    private static readonly string[] Unchanged = ["Size:               4072 kB", "Anonymous:             0 kB", "Swap:                  0 kB", "VmFlags: rd ex mr mw me"];
    private static readonly (nuint Start, nuint End)[] OfCode = [(0x00405000, 0x007ff000)];

    private readonly WrapperSandbox _sandbox = new();

    [Theory]
    [InlineData(Code)]
    [InlineData("00405000-007ff000 r-xp 00005000 08:01 78                         /usr/lib/libc.so.6")]
    public void Code_of_a_file_is_found(string head) => Assert.Equal(OfCode, Found([head, .. Unchanged]));

    [Theory]
    [InlineData("00405000-007ff000 r--p 00005000 08:01 77                         /opt/tools of ours/cairn")] // the loader may have written there
    [InlineData("00405000-007ff000 rw-p 00005000 08:01 77                         /opt/tools of ours/cairn")]
    [InlineData("00405000-007ff000 rwxp 00005000 08:01 77                         /opt/tools of ours/cairn")]
    [InlineData("00405000-007ff000 r-xs 00005000 00:05 12                         /memfd:doublemapper (deleted)")] // compiled as it ran
    [InlineData("00405000-007ff000 r-xp 00000000 00:00 0 ")]
    [InlineData("00405000-007ff000 r-xp 00000000 00:00 0                          [vdso]")]
    public void Anything_else_is_left_alone(string head) => Assert.Empty(Found([head, .. Unchanged]));

    [Theory]
    [InlineData("4", "0")]
    [InlineData("0", "4")]
    [InlineData("4", "4")]
    public void Code_that_a_debugger_has_changed_is_left_alone_in_memory_as_on_the_swap_device(string anonymous, string swap) =>
        Assert.Empty(Found([Code, $"Anonymous:      {anonymous} kB", $"Swap:     {swap} kB"]));

    [Theory]
    [InlineData("Anonymous:             0 kB")]
    [InlineData("Swapped:             0 kB")]
    public void Where_it_is_not_said_whether_it_was_changed_it_is_left_alone(string line) => Assert.Empty(Found([Code, line]));

    [Fact]
    public void Each_mapping_is_judged_by_its_own_lines() =>
        Assert.Equal(OfCode, Found(["00300000-00400000 r-xp 00000000 08:01 77 /x", Code, .. Unchanged, "00a00000-00c00000 rw-p 00600000 08:01 77 /x", .. Unchanged]));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("b/cairn")] // of a folder with a carriage return in its name
    [InlineData("-")]
    [InlineData("a b c d e f")]
    [InlineData("00405000-007ff000")]
    public void Lines_that_are_none_are_passed_over(string line) => Assert.Equal(OfCode, Found([line, Code, line, .. Unchanged, line]));

    [Theory]
    [InlineData("zz-yy r-xp 00005000 08:01 77 /x")]
    [InlineData("00405000-12345678901234567 r-xp 00005000 08:01 77 /x")]
    [InlineData("- r-xp 00005000 08:01 77 /x")]
    public void Addresses_that_are_none_are_left_alone(string head) => Assert.Empty(Found([head, .. Unchanged]));

    [Fact]
    public void What_nobody_holds_any_more_is_given_back()
    {
        var garbage = Garbage();
        OwnMemory.GiveBack();
        Assert.False(garbage.IsAlive);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Garbage() => new(new byte[10_000]);
    }

    [Theory]
    [InlineData]
    [InlineData("--stop-file", "stop")] // which is looked for all the time
    public async Task A_waiting_wrapper_keeps_little_of_its_code_and_still_hears_and_ends_as_usual(params string[] options)
    {
        Assert.SkipWhen(Packed.Binary is null, Packed.Reason);
        _sandbox.Start([.. options, "--", _sandbox.Script("job", "trap 'echo trapped; exit 4' USR2; echo ready; while :; do sleep 0.05; done\n")]);
        await _sandbox.PrintsAsync("ready");
        await Sandbox.Until(() => CodeInMemory() < 0.6, "less than 60 % of the code in memory, of which a start takes 73");
        _sandbox.Signal("USR2");
        Assert.Equal(4, await _sandbox.EndAsync());
        Assert.Equal("ready\ntrapped\n", _sandbox.Output);
    }

    public void Dispose() => _sandbox.Dispose();

    private static IEnumerable<(nuint Start, nuint End)> Found(string[] smaps) => OwnMemory.CodeOfFiles(smaps);

    // The share of the binary's code, as proc_pid_smaps(5) tells it.
    private double CodeInMemory()
    {
        var binary = File.ResolveLinkTarget($"/proc/{_sandbox.ProcessId}/exe", false)!.FullName;
        var lines = File.ReadAllLines($"/proc/{_sandbox.ProcessId}/smaps");
        var code = Array.FindIndex(lines, line => line.Contains(" r-xp ", StringComparison.Ordinal) && line.EndsWith(binary, StringComparison.Ordinal));
        Assert.NotEqual(-1, code);
        return Number("Rss:") / Number("Size:");

        double Number(string name) =>
            double.Parse(lines.Skip(code).First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
