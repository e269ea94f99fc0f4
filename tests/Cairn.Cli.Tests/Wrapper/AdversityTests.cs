using Cairn.Cli.Tests.Running;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>What a wrapper finds around it: careless parents, file systems that stall, no room for another process.</summary>
public sealed class AdversityTests : IDisposable
{
    private readonly WrapperSandbox _sandbox = new();

    [Theory]
    [InlineData("run -- sh -c 'sleep 0.1; exit 7'")]
    [InlineData("local -- sh -c 'sleep 0.1; exit 7'")]
    public async Task A_CHLD_that_was_inherited_ignored_makes_no_success_of_a_crash(string command) =>
        Assert.Equal(7, (await ShellAsync($"trap '' CHLD; exec '{Sandbox.Program}' {command}")).ExitCode);

    [Theory]
    [InlineData(">&- 2>&-")]
    [InlineData("<&- >&- 2>&-")]
    [InlineData("2>&-")]
    public async Task Closed_standard_streams_change_nothing(string closed)
    {
        // Something is said (the wrapper is asked to stop) while the pipes of the runtime are open.
        var program = _sandbox.Script("job", "trap 'exit 5' USR2; : > ready; while :; do sleep 0.05; done\n");
        var run = await ShellAsync($"'{Sandbox.Program}' run -- '{program}' {closed} & w=$!; while [ ! -e ready ]; do sleep 0.05; done; kill -USR2 $w; wait $w");
        Assert.Equal(5, run.ExitCode);
    }

    [Fact]
    public async Task A_removed_working_directory_changes_nothing()
    {
        var run = await ShellAsync($"mkdir gone; cd gone; rmdir ../gone; '{Sandbox.Program}' run -- sh -c 'echo ran; exit 4'; echo $?; '{Sandbox.Program}' run -- ./ran; echo $?");
        Assert.Equal("ran\n4\n2\n", run.StandardOutput);
        Assert.Contains("There is no program './ran'", run.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_relative_TMPDIR_is_found_from_everywhere()
    {
        var run = await ShellAsync($"mkdir tmp; TMPDIR=tmp '{Sandbox.Program}' run -- sh -c 'cd /; test -e \"$CAIRN_STATUS\" && test -d \"$CAIRN_SAYS_DIR\" && echo there'");
        Assert.Equal("there\n", run.StandardOutput);
    }

    [Fact]
    public async Task As_process_1_of_a_container_it_leaves_no_zombies()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a pid namespace of its own needs root");
        var program = _sandbox.Script("job", """
            (sh -c 'sleep 0.1 &'); (sh -c 'sleep 0.2 &')
            while ! grep -qs '^State:.Z' /proc/[0-9]*/status; do sleep 0.05; done
            echo zombies
            while grep -qs '^State:.Z' /proc/[0-9]*/status; do sleep 0.05; done
            exit 5
            """);
        var run = await ShellAsync($"unshare --pid --fork --mount-proc '{Sandbox.Program}' run -- '{program}'");
        Assert.Equal("zombies\n", run.StandardOutput);
        Assert.Equal(5, run.ExitCode);
    }

    [Fact]
    public async Task Who_reads_its_words_may_leave()
    {
        var program = _sandbox.Script("job", "trap 'echo heard >> heard; exit 5' USR2; : > ready; while :; do sleep 0.05; done\n");
        var run = await ShellAsync(
            $"""
            mkfifo words; (exec 3< words; sleep 0.1) &
            '{Sandbox.Program}' run -- '{program}' 2> words & w=$!
            while [ ! -e ready ]; do sleep 0.05; done; wait %1; kill -USR2 $w; wait $w; echo $?; cat heard
            """);
        Assert.Equal("5\nheard\n", run.StandardOutput);
    }

    [Fact]
    public async Task A_full_pipe_that_nobody_reads_holds_no_signal_up()
    {
        // The program and the wrapper share it, and it is full.
        var program = _sandbox.Script("job", "trap ': > heard; exit 5' USR2; : > ready; while :; do sleep 0.05; done\n");
        var run = await ShellAsync(
            $"""
            mkfifo words; exec 3<> words; dd if=/dev/zero of=words bs=65536 count=1 2> said
            '{Sandbox.Program}' run -- '{program}' 2> words & w=$!
            while [ ! -e ready ]; do sleep 0.05; done; kill -USR2 $w; wait $w; echo $?; test -e heard && echo heard
            """);
        Assert.Equal("5\nheard\n", run.StandardOutput);
    }

    [Theory]
    [InlineData("ckpt", "openat", "--checkpoint-dir ckpt")]
    [InlineData("stop", "%%stat", "--stop-file stop")]
    [InlineData(".cairn-run/77/status.json.new", "openat", "")]
    public async Task A_file_that_does_not_answer_holds_no_signal_up(string name, string calls, string options)
    {
        // Real calls that hang, for longer than this test may take: strace holds each of those on this file. Once it is gone they go through.
        var file = _sandbox.At(name);
        Directory.CreateDirectory(_sandbox.At("ckpt"));
        _sandbox.Script("scontrol", "case $1 in show) echo '   JobState=RUNNING Reason=None Dependency=(null)';; esac\n");
        var program = _sandbox.Script("waits", "trap ': > heard; exit 5' USR2; : > ready; while :; do sleep 0.05; done\n");
        var run = await ShellAsync(
            $"""
            PATH=$PWD:$PATH SLURM_JOB_ID=77 strace -f -qq -o calls -P '{file}' -e trace={calls} -e inject={calls}:delay_enter=600000000 '{Sandbox.Program}' run {options} -- '{program}' 2> said & s=$!
            while [ ! -e ready ]; do sleep 0.05; done
            w=$(pgrep -P $s); kill -USR2 $w
            while [ ! -e heard ]; do sleep 0.05; done
            kill -KILL $s
            while kill -0 $w 2> /dev/null; do sleep 0.05; done
            [ -s calls ] && cat said
            """);
        Assert.Contains("the program is warned by USR2", run.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_place_for_another_process_the_program_is_no_orphan()
    {
        Assert.SkipWhen(Environment.UserName != "root", "The limit does not count for the user that runs the tests, and another one cannot be taken.");
        _sandbox.Script("scontrol", "case $1 in show) echo '   JobState=RUNNING Reason=None Dependency=(null)';; esac\n");
        var program = _sandbox.Write("full.py", """
            import os, signal, sys, time
            signal.signal(signal.SIGUSR2, lambda *_: None)
            kids = []
            while True:
                try:
                    pid = os.fork()
                except OSError:
                    break
                if pid == 0:
                    time.sleep(600)
                kids.append(pid)
            os.kill(kids[0], signal.SIGKILL)  # room for scontrol, and for nothing beside it
            os.waitpid(kids.pop(0), 0)
            open("full", "w").close()
            signal.pause()
            time.sleep(2)
            for pid in kids:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            sys.exit(5)
            """);
        var run = await ShellAsync(
            $"""
            chmod 777 .
            user=$((100000 + $$)); trap 'pkill -KILL -U $user' EXIT # nobody's but this test's
            setpriv --reuid=$user --regid=65534 --clear-groups prlimit --nproc=60 env PATH="$PWD:/usr/bin:/bin" DOTNET_EnableDiagnostics=0 SLURM_JOB_ID=960 '{Sandbox.Program}' run -- python3 '{program}' & w=$!
            while [ ! -e full ] && kill -0 $w; do sleep 0.05; done
            kill -USR2 $w; wait $w
            """);
        Assert.True(run.ExitCode == 5, run.StandardError);
    }

    public void Dispose() => _sandbox.Dispose();

    private async Task<BufferedCommandResult> ShellAsync(string script)
    {
        using var patience = new CancellationTokenSource(Sandbox.Patience);
        return await CliWrap.Cli.Wrap("/bin/bash").WithArguments(["-c", script]).WithWorkingDirectory(_sandbox.Folder)
            .WithEnvironmentVariables(variables => variables.Set("CAIRN_REQUEUE", null).Set("SLURM_JOB_ID", null)).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(patience.Token);
    }
}
