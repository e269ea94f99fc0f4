using Cairn.Cli.Tests.Running;
using Cairn.Interruptions.Signals;
using Cairn.Posix;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>Streams, exit codes, process group, terminal and signals: as if the wrapper were not there.</summary>
public sealed class TransparencyTests : IDisposable
{
    private readonly WrapperSandbox _sandbox = new();

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("exit 75", 75)]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("kill -TERM $$", 143)]
    public async Task The_exit_code_is_the_programs(string script, int code)
    {
        Assert.Equal(code, await _sandbox.RunAsync("--", "sh", "-c", script));
        Assert.Equal("", _sandbox.Error);
    }

    [Fact]
    public async Task The_streams_are_the_programs()
    {
        _sandbox.Start(["--", "sh", "-c", "cat; echo wrong >&2"], "one\ntwo\n");
        Assert.Equal(0, await _sandbox.EndAsync());
        Assert.Equal(("one\ntwo\n", "wrong\n"), (_sandbox.Output, _sandbox.Error));
    }

    [Fact]
    public async Task Arguments_arrive_as_they_are()
    {
        await _sandbox.RunAsync("--", "sh", "-c", "for a; do echo \"[$a]\"; done", "x", "", "a b", "$HOME", "--", "--task", "ä");
        Assert.Equal("[]\n[a b]\n[$HOME]\n[--]\n[--task]\n[ä]\n", _sandbox.Output);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_arrive_as_they_are()
    {
        // Straight by execve(2): no library between that would make a table of the variables, or text of them.
        var program = _sandbox.Write("bytes.py", $"""
            import ctypes, os, sys
            def strings(*values): return (ctypes.c_char_p * (len(values) + 1))(*values, None)
            path = sys.argv[1].encode()
            ctypes.CDLL(None).execve(
                path, strings(path, b"run", b"--", b"/usr/bin/python3", b"-c", b"import os; os.write(1, open('/proc/self/cmdline', 'rb').read() + open('/proc/self/environ', 'rb').read())", b"\xff\xfe", b""),
                strings(b"PATH=/usr/bin:/bin", b"BAD=\xff", b"TWICE=1", b"TWICE=2", b"no equals sign", b"CAIRN_ATTEMPT=7", b"CAIRN_ATTEMPT=8", b"DOTNET_ROOT=" + os.environb.get(b"DOTNET_ROOT", b"")))
            """);
        var found = Path.Combine(_sandbox.Folder, "found");
        await CliWrap.Cli.Wrap("python3").WithArguments([program, Sandbox.Program]).WithWorkingDirectory(_sandbox.Folder).WithStandardOutputPipe(PipeTarget.ToFile(found)).ExecuteAsync(TestContext.Current.CancellationToken);
        var entries = System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(found, TestContext.Current.CancellationToken)).Split('\0');
        Assert.Equal(["\u00ff\u00fe", ""], entries[3..5]);
        Assert.All((string[])["BAD=\u00ff", "TWICE=1", "TWICE=2", "no equals sign"], one => Assert.Contains(one, entries));
        Assert.Single(entries, one => one.StartsWith("CAIRN_ATTEMPT=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_path_of_the_wrappers_own_that_is_no_text_is_named()
    {
        var run = await CliWrap.Cli.Wrap("/bin/bash").WithArguments(["-c", $"exec '{Sandbox.Program}' run --checkpoint-dir $'ck\\xff' -- true"])
            .WithWorkingDirectory(_sandbox.Folder).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("is no UTF-8", run.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_has_the_wrappers_group_session_and_folder()
    {
        await _sandbox.RunAsync("--", "sh", "-c", "cut -d' ' -f5,6 /proc/$$/stat /proc/$PPID/stat; pwd");
        var lines = _sandbox.Output.Split('\n');
        Assert.Equal(lines[0], lines[1]);
        Assert.Equal(_sandbox.Folder, lines[2]);
    }

    [Fact]
    public async Task It_finds_its_warning_ignored_nothing_blocked_and_PIPE_as_usual()
    {
        await _sandbox.RunAsync("--", "grep", "^Sig[IB]", "/proc/self/status");
        var lines = _sandbox.Output.Split('\n').Select(line => line.Split(':', StringSplitOptions.TrimEntries)).Where(line => line.Length == 2).ToDictionary(line => line[0], line => Convert.ToUInt64(line[1], 16));
        const ulong usr2 = 1UL << 11;

        // The C library keeps 32 and 33 to itself, and ignores them in a new program.
        Assert.Equal((usr2, 0UL), (lines["SigIgn"] & 0x7fffffff, lines["SigBlk"]));
    }

    [Fact]
    public async Task A_shell_finds_its_warning_as_usual_for_it_could_not_trap_it_otherwise()
    {
        _sandbox.Start(["--", _sandbox.Script("job", "trap 'echo trapped; exit 4' USR2; echo ready; while :; do sleep 0.05; done\n")]);
        await _sandbox.PrintsAsync("ready");
        _sandbox.Signal("USR2");
        Assert.Equal(4, await _sandbox.EndAsync());
        Assert.Equal("ready\ntrapped\n", _sandbox.Output);
    }

    [Theory]
    [InlineData("USR1")]
    [InlineData("INT")]
    [InlineData("HUP")]
    [InlineData("QUIT")]
    public async Task Other_signals_are_passed_on_as_they_are(string name)
    {
        _sandbox.Start(["--", _sandbox.Script("listen", $"trap 'echo heard {name}; exit 5' {name}; echo ready; while :; do sleep 0.05; done\n")]);
        await _sandbox.PrintsAsync("ready");
        _sandbox.Signal(name);
        Assert.Equal(5, await _sandbox.EndAsync());
        Assert.Equal($"ready\nheard {name}\n", _sandbox.Output);
    }

    [Theory]
    [InlineData("TRAP")]
    [InlineData("ABRT")]
    [InlineData("PIPE")]
    [InlineData("ALRM")]
    [InlineData("STKFLT")]
    [InlineData("CONT")]
    [InlineData("URG")]
    [InlineData("XCPU")]
    [InlineData("XFSZ")]
    [InlineData("VTALRM")]
    [InlineData("PROF")]
    [InlineData("WINCH")]
    [InlineData("IO")]
    [InlineData("PWR")]
    [InlineData("SYS")]
    [InlineData("35")]
    [InlineData("64")]
    public async Task All_signals_that_can_be_passed_on_are(string name)
    {
        var number = name.All(char.IsDigit) ? name : $"signal.SIG{name}";
        if (name == "STKFLT")
            number = "16";
        var program = _sandbox.Write("listen.py", $"import signal, sys, time\nsignal.signal({number}, lambda *_: sys.exit(5))\nprint('ready', flush=True)\nwhile True: time.sleep(0.05)\n");
        _sandbox.Start(["--", "python3", program]);
        await _sandbox.PrintsAsync("ready");
        Sandbox.Kill(_sandbox.ProcessId, Cairn.Posix.SignalName.TryParse(name)!.Value);
        Assert.Equal(5, await _sandbox.EndAsync());
    }

    [Fact]
    public async Task A_sender_outside_of_the_pid_namespace_is_heard_too()
    {
        Assert.SkipWhen((await CliWrap.Cli.Wrap("unshare").WithArguments(["--pid", "--fork", "true"]).WithValidation(CommandResultValidation.None).ExecuteAsync(TestContext.Current.CancellationToken)).ExitCode != 0, "no pid namespace can be made here");
        var program = _sandbox.Script("listen", "trap 'exit 5' USR1; : > ready; while :; do sleep 0.05; done\n");
        using var patience = new CancellationTokenSource(Sandbox.Patience);
        var run = await CliWrap.Cli.Wrap("/bin/bash").WithArguments(["-c", $"unshare --pid --fork sh -c \"'{Sandbox.Program}' run -- '{program}'; exit \\$?\" & u=$!; while [ ! -e ready ]; do sleep 0.05; done; sh=$(pgrep -P $u); kill -USR1 $(pgrep -P $sh); wait $u"])
            .WithWorkingDirectory(_sandbox.Folder).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(patience.Token);
        Assert.True(run.ExitCode == 5, run.StandardError);
    }

    [Fact]
    public async Task What_is_inherited_ignored_stays_so()
    {
        _sandbox.Start(["--", "grep", "^SigIgn", "/proc/self/status"]);
        await _sandbox.EndAsync();
        var usual = _sandbox.Output;
        var script = _sandbox.Script("nohup", $"trap '' HUP; exec '{Sandbox.Program}' run -- grep ^SigIgn /proc/self/status\n");
        var run = await CliWrap.Cli.Wrap(script).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Mask(usual) | 1, Mask(run.StandardOutput));
    }

    [Fact]
    public async Task A_TERM_that_was_inherited_ignored_ends_the_job_for_the_wrapper_and_not_for_the_program()
    {
        var program = _sandbox.Script("listen", "trap 'echo term' TERM; trap 'echo warned; exit 5' USR2; : > ready; while :; do sleep 0.05; done\n");
        var script = _sandbox.Script("trap", $"trap '' TERM; exec '{Sandbox.Program}' run -- '{program}'\n");
        var running = CliWrap.Cli.Wrap(script).WithWorkingDirectory(_sandbox.Folder).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        await Sandbox.Until(() => File.Exists(_sandbox.At("ready")) && SignalState.Of(running.ProcessId)?.IsHeard(SignalName.Term) == true, "both listen");
        Sandbox.Kill(running.ProcessId, SignalName.Term);
        Assert.Equal("warned\n", (await running.Task.WaitAsync(Sandbox.Patience, TestContext.Current.CancellationToken)).StandardOutput);
    }

    [Fact]
    public async Task In_a_terminal_Ctrl_C_reaches_the_program_once()
    {
        var program = _sandbox.Script("listen", "n=0; trap 'n=$((n+1)); echo heard $n' INT; [ -t 0 ] && [ -t 1 ] && stty -g > before; echo ready; while [ $n = 0 ]; do sleep 0.05; done; sleep 0.5; exit 6\n");
        var output = await InTerminalAsync("c", Sandbox.Program, "run", "--", program);
        Assert.Contains("heard 1", output, StringComparison.Ordinal);
        Assert.DoesNotContain("heard 2", output, StringComparison.Ordinal);
        Assert.Contains("exit code 6", output, StringComparison.Ordinal);
        Assert.True(File.Exists(_sandbox.At("before")), output);
    }

    [Fact]
    public async Task In_a_terminal_Ctrl_Z_stops_both_and_fg_goes_on()
    {
        // An interactive shell as people have it: the job is stopped, listed, and brought back.
        var shell = _sandbox.Script("shell", $"set -m; '{Sandbox.Program}' run -- '{_sandbox.Script("wait", "echo ready; while [ ! -e go ]; do sleep 0.05; done; echo went on; exit 7\n")}'; echo stopped with $?; jobs; touch go; fg > /dev/null; exit $?\n");
        var output = await InTerminalAsync("z", shell);
        Assert.Contains("stopped with 148", output, StringComparison.Ordinal);
        Assert.Contains("went on", output, StringComparison.Ordinal);
        Assert.Contains("exit code 7", output, StringComparison.Ordinal);
    }

    public void Dispose() => _sandbox.Dispose();

    private static ulong Mask(string line) => Convert.ToUInt64(line.Split(':')[1].Trim(), 16);

    private async Task<string> InTerminalAsync(string key, params string[] command)
    {
        using var patience = new CancellationTokenSource(Sandbox.Patience);
        var run = await CliWrap.Cli.Wrap("python3").WithArguments([WrapperSandbox.Terminal, key, .. command]).WithWorkingDirectory(_sandbox.Folder)
            .WithEnvironmentVariables(variables => variables.Set("TERM", "dumb")).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(patience.Token);
        return run.StandardOutput + run.StandardError;
    }
}
