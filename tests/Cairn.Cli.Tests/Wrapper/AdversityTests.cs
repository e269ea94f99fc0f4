using Cairn.Cli.Processes;
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
    public async Task A_checkpoint_folder_that_does_not_answer_holds_no_signal_up()
    {
        // Real calls that hang, for longer than this test may take: strace holds each opening of the folder. Once it is gone they go through.
        var folder = Directory.CreateDirectory(_sandbox.At("ckpt")).FullName;
        var program = _sandbox.Script("waits", "trap ': > heard; exit 5' USR2; : > ready; while :; do sleep 0.05; done\n");
        var run = await ShellAsync(
            $"""
            strace -f -qq -o calls -P '{folder}' -e trace=openat -e inject=openat:delay_enter=600000000 '{Sandbox.Program}' run --checkpoint-dir '{folder}' -- '{program}' 2> said & s=$!
            while [ ! -e ready ]; do sleep 0.05; done
            w=$(pgrep -P $s); kill -USR2 $w
            while [ ! -e heard ]; do sleep 0.05; done
            kill -KILL $s
            while kill -0 $w 2> /dev/null; do sleep 0.05; done
            cat said
            """);
        Assert.Contains("the program is to stop", run.StandardOutput, StringComparison.Ordinal);
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
