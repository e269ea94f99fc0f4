using System.Globalization;
using System.Runtime.CompilerServices;
using Cairn.Cli.Processes;
using Cairn.Cli.Tests.Running;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>What a wrapper gives back while it waits, and that it goes on all the same.</summary>
public sealed class OwnMemoryTests : IDisposable
{
    private const string Code = "00405000-007ff000 r-xp 00005000 08:01 77                         /opt/tools of ours/cairn";
    private const string Unchanged = "Anonymous:             0 kB";

    private static readonly (nuint Start, nuint End)[] OfCode = [(0x00405000, 0x007ff000)];

    private readonly WrapperSandbox _sandbox = new();

    [Theory]
    [InlineData(Code)]
    [InlineData("00405000-007ff000 r--p 00005000 08:01 77                         /opt/tools of ours/cairn")] // constants
    [InlineData("00405000-007ff000 r-xp 00005000 08:01 78                         /usr/lib/libc.so.6")]
    public void What_stands_in_a_file_is_found(string head) => Assert.Equal(OfCode, Found(head, "Size:               4072 kB", Unchanged, "VmFlags: rd ex mr mw me"));

    [Theory]
    [InlineData("00405000-007ff000 rw-p 00005000 08:01 77                         /opt/tools of ours/cairn")] // what was written would be lost
    [InlineData("00405000-007ff000 rwxp 00005000 08:01 77                         /opt/tools of ours/cairn")]
    [InlineData("00405000-007ff000 ---p 00005000 08:01 77                         /opt/tools of ours/cairn")]
    [InlineData("00405000-007ff000 r-xs 00005000 00:05 12                         /memfd:doublemapper (deleted)")] // compiled as it ran
    [InlineData("00405000-007ff000 r-xp 00000000 00:00 0 ")]
    [InlineData("00405000-007ff000 r-xp 00000000 00:00 0                          [vdso]")]
    public void Anything_else_is_left_alone(string head) => Assert.Empty(Found(head, "Size:               4072 kB", Unchanged));

    [Fact]
    public void Pages_that_a_debugger_has_changed_are_left_alone() => Assert.Empty(Found(Code, "Anonymous:             4 kB"));

    [Fact]
    public void Each_mapping_is_judged_by_its_own_lines() =>
        Assert.Equal(OfCode, Found("00300000-00400000 r--p 00000000 08:01 77 /x", Code, Unchanged, "00a00000-00c00000 rw-p 00600000 08:01 77 /x", Unchanged));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("b/cairn")] // of a folder with a line break in its name
    [InlineData("-")]
    [InlineData("a b c d e f")]
    [InlineData("00405000-007ff000")]
    public void Lines_that_are_none_are_passed_over(string line) => Assert.Equal(OfCode, Found(line, Code, line, Unchanged, line));

    [Theory]
    [InlineData("zz-yy r-xp 00005000 08:01 77 /x")]
    [InlineData("00405000-12345678901234567 r-xp 00005000 08:01 77 /x")]
    [InlineData("- r-xp 00005000 08:01 77 /x")]
    public void Addresses_that_are_none_are_left_alone(string head) => Assert.Empty(Found(head, Unchanged));

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
        _sandbox.Start([.. options, "--", _sandbox.Script("job", "trap 'echo trapped; exit 4' USR2; echo ready; while :; do sleep 0.05; done\n")]);
        await _sandbox.PrintsAsync("ready");
        var (pages, all) = CodeInMemory();
        await Sandbox.Until(() => CodeInMemory().InMemory < all / 2, $"less than half of {all} kB of code in memory, of which {pages} were at first");
        _sandbox.Signal("USR2");
        Assert.Equal(4, await _sandbox.EndAsync());
        Assert.Equal("ready\ntrapped\n", _sandbox.Output);
    }

    public void Dispose() => _sandbox.Dispose();

    private static IEnumerable<(nuint Start, nuint End)> Found(params string[] smaps) => OwnMemory.FromFiles(smaps);

    // In kB, of the binary's code, as proc_pid_smaps(5) tells it.
    private (int InMemory, int All) CodeInMemory()
    {
        var binary = File.ResolveLinkTarget($"/proc/{_sandbox.ProcessId}/exe", false)!.FullName;
        var lines = File.ReadAllLines($"/proc/{_sandbox.ProcessId}/smaps");
        var code = Array.FindIndex(lines, line => line.Contains(" r-xp ", StringComparison.Ordinal) && line.EndsWith(binary, StringComparison.Ordinal));
        Assert.NotEqual(-1, code);
        return (Number("Rss:"), Number("Size:"));

        int Number(string name) =>
            int.Parse(lines.Skip(code).First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
