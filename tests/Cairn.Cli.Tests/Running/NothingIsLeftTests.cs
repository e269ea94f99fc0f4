using System.Globalization;
using Cairn.Cli.Processes;
using Cairn.Posix;

namespace Cairn.Cli.Tests.Running;

public sealed class NothingIsLeftTests : IDisposable
{
    // Children that try to get away: sessions of their own, a double fork, a deaf ear, an emptied environment.
    private const string Runaways =
        """
        trap '' HUP
        echo $$ >> pids
        setsid sleep 300 & echo $! >> pids
        (setsid bash -c 'trap "" TERM HUP; echo $$ >> pids; while :; do sleep 1; done' &)
        nohup bash -c '(bash -c "echo \$\$ >> pids; exec sleep 300" &) ; sleep 0.1' > /dev/null 2>&1 &
        env -i /usr/bin/setsid /bin/bash -c 'echo $$ >> pids; exec sleep 300' &
        until [ "$(wc -l < pids)" -ge 5 ]; do sleep 0.02; done
        dirname "$CAIRN_STATUS" > folder
        touch ready

        """;

    private readonly Sandbox _sandbox = new();

    [Fact]
    public async Task What_the_program_leaves_behind_ends_with_it()
    {
        var run = await _sandbox.Local("--", _sandbox.Script("runs", Runaways));
        Assert.Equal(0, run.ExitCode);
        AssertAllGone();
    }

    [Fact]
    public async Task Ctrl_C_cancels_the_job_and_leaves_nothing()
    {
        var (pid, run) = Start("trap 'echo asked; exit 0' TERM; " + Runaways + "while :; do sleep 0.02 & wait $!; done");
        await Ready();
        Sandbox.Kill(pid, SignalName.Int);
        var result = await run;
        Assert.Equal((130, "CANCELLED", "asked\n"), (result.ExitCode, result.Report!.State, result.Output));
        AssertAllGone();
    }

    [Fact]
    public async Task A_second_Ctrl_C_does_not_wait_for_a_deaf_program()
    {
        var (pid, run) = Start("trap 'touch asked' TERM; " + Runaways + "while :; do sleep 0.02; done", "--kill-wait", "1h");
        await Ready();
        Sandbox.Kill(pid, SignalName.Int);
        await Sandbox.Until(() => File.Exists(_sandbox.At("asked")), "the first Ctrl-C");
        Sandbox.Kill(pid, SignalName.Int);
        Assert.Equal(130, (await run).ExitCode);
        AssertAllGone();
    }

    [Fact]
    public async Task TERM_to_cairn_local_cancels_the_job_too()
    {
        var (pid, run) = Start(Runaways + "sleep 300");
        await Ready();
        Sandbox.Kill(pid, SignalName.Term);
        Assert.Equal(143, (await run).ExitCode);
        AssertAllGone();
    }

    [Fact]
    public async Task Even_KILL_to_cairn_local_leaves_nothing()
    {
        var (pid, run) = Start(Runaways + "sleep 300");
        await Ready();
        var job = Pids();
        Sandbox.Kill(pid, SignalName.Kill);
        Assert.Equal(128 + SignalName.Kill, (await run).ExitCode);
        await Sandbox.Until(() => !job.Any(Sandbox.IsAlive), "the guard ends the job");
        var folder = _sandbox.Lines("folder")[0];
        await Sandbox.Until(() => !Directory.Exists(folder), "the guard removes the folder");
    }

    public void Dispose() => _sandbox.Dispose();

    private (int ProcessId, Task<LocalRun> Run) Start(string text, params string[] options) =>
        _sandbox.LocalInBackground([.. options, "--", _sandbox.Script("runs", text)]);

    private Task Ready() => Sandbox.Until(() => File.Exists(_sandbox.At("ready")), "the program is up");

    private int[] Pids() => [.. _sandbox.Lines("pids").Select(line => int.Parse(line, CultureInfo.InvariantCulture))];

    private void AssertAllGone()
    {
        Assert.True(Pids().Length >= 5);
        Assert.DoesNotContain(Pids(), Sandbox.IsAlive);
        Assert.False(Directory.Exists(_sandbox.Lines("folder")[0]));
    }
}
