using System.Diagnostics;
using System.Text.RegularExpressions;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Tests.Running;

/// <summary>What others do to a job from another terminal, with the commands whose folder the first line names.</summary>
public sealed partial class OperatorTests : IDisposable
{
    private const string Waits = "[ -n \"$SLURM_RESTART_COUNT\" ] && exit 0; touch up; for i in {1..900}; do sleep 0.1; done";
    private static readonly string[] Quick = ["--kill-wait", "300ms", "--requeue-delay", "100ms"];

    private readonly Sandbox _sandbox = new();

    [Fact]
    public async Task An_operator_requeues_it()
    {
        var (pid, run) = await Up([.. Quick, "--", _sandbox.Script("waits", Waits)]);
        Assert.Equal((0, ""), Call("scontrol", "requeue", $"{pid}"));
        Assert.Equal(["RequeuedByItself", "Finished"], (await run).Endings);
    }

    [Fact]
    public async Task Its_node_is_set_down()
    {
        var (_, run) = await Up([.. Quick, "--", _sandbox.Script("waits", Waits)]);
        Assert.Equal((0, ""), Call("scontrol", "update", $"nodename={Environment.MachineName}", "state=down", "reason=test"));
        Assert.Equal(["NodeFailed", "Finished"], (await run).Endings);
    }

    [Fact]
    public async Task USR1_to_it_preempts_the_attempt()
    {
        var (pid, run) = await Up([.. Quick, "--grace", "200ms", "--slurm", "22", "--", _sandbox.Script("waits", Waits)]);
        Sandbox.Kill(pid, SignalNames.Usr1);
        var end = await run;
        Assert.Contains("preempted: TERM to the tasks", end.Error, StringComparison.Ordinal);
        Assert.Equal(["PreemptedAndLost"], end.Endings); // bash dies of the TERM, inside the grace
    }

    [Fact]
    public async Task A_step_is_cancelled_and_the_script_goes_on()
    {
        _sandbox.Script("waits", Waits);
        var script = _sandbox.Script("job.sh", "srun ./waits\necho \"srun $?\" > srun\nexit 0\n");
        var (pid, run) = await Up([.. Quick, script]);
        Assert.Equal(1, Call("scancel", $"{pid}.7").ExitCode);
        Assert.Equal((0, ""), Call("scancel", $"{pid}.0"));
        Assert.Equal(("COMPLETED", 0), ((await run).Report!.State, (await run).ExitCode));
        Assert.Equal(["srun 137"], _sandbox.Lines("srun"));
    }

    [Fact]
    public async Task It_is_suspended_and_resumed()
    {
        var (pid, run) = await Up([.. Quick, "--", _sandbox.Script("counts", "touch up; for i in {1..80}; do echo $i >> count; sleep 0.1; done")]);
        Assert.Equal((0, ""), Call("scontrol", "suspend", $"{pid}"));
        Assert.Contains("JobState=SUSPENDED", Call("scontrol", "show", "job", $"{pid}").Said, StringComparison.Ordinal);
        var before = await Settled();
        Assert.True(before < 80);
        Assert.Equal((0, ""), Call("scontrol", "resume", $"{pid}"));
        Assert.Equal(0, (await run).ExitCode);
        Assert.Equal(80, _sandbox.Lines("count").Length);
    }

    [Fact]
    public async Task An_element_of_an_array_is_named_by_array_and_task()
    {
        var (pid, run) = await Up([.. Quick, "--array-task", "3", "--", _sandbox.Script("element", "echo $SLURM_ARRAY_JOB_ID $SLURM_ARRAY_TASK_ID > ids;" + Waits)]);
        Assert.Equal([$"{pid} 3"], _sandbox.Lines("ids"));
        Assert.Contains($"ArrayJobId={pid} ArrayTaskId=3", Call("scontrol", "show", "job", $"{pid}_3").Said, StringComparison.Ordinal);
        Assert.Equal(1, Call("scontrol", "requeue", $"{pid}_4").ExitCode);
        Assert.Equal((0, ""), Call("scontrol", "requeue", $"{pid}_3"));
        Assert.Equal(0, (await run).ExitCode);
    }

    [Fact]
    public async Task The_partition_says_what_a_preemption_does()
    {
        var (pid, run) = await Up([.. Quick, "--grace", "20s", "--preempt-mode", "cancel", "--preempt-signal", "--", _sandbox.Script("waits", Waits)]);
        var partition = Call("scontrol", "show", "partition", "local").Said;
        Assert.Contains(" GraceTime=20 ", partition, StringComparison.Ordinal);
        Assert.Contains("PreemptMode=CANCEL\n", partition, StringComparison.Ordinal);
        Assert.Contains("SlurmctldParameters     = preempt_send_user_signal", Call("scontrol", "show", "config").Said, StringComparison.Ordinal);
        Assert.Equal((0, ""), Call("scancel", $"{pid}"));
        Assert.Equal("CANCELLED", (await run).Report!.State);
    }

    public void Dispose() => _sandbox.Dispose();

    [GeneratedRegex("other terminals are in (?<folder>/[^ \n]*/bin)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CommandsFolder();

    private async Task<(int ProcessId, Task<LocalRun> Run)> Up(string[] arguments)
    {
        var (pid, run) = _sandbox.LocalInBackground(["--time", "5m", .. arguments]);
        await Sandbox.Until(() => File.Exists(_sandbox.At("up")) || run.IsCompleted, "the program is up");
        Assert.False(run.IsCompleted, run.IsCompleted ? (await run).Error : null);
        return (pid, run);
    }

    private async Task<int> Settled()
    {
        var count = -1;
        for (var again = _sandbox.Lines("count").Length; again != count; again = _sandbox.Lines("count").Length)
        {
            count = again;
            await Task.Delay(400, TestContext.Current.CancellationToken);
        }

        return count;
    }

    private (int ExitCode, string Said) Call(string command, params string[] arguments)
    {
        var folder = CommandsFolder().Match(_sandbox.Said).Groups["folder"].Value;
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(folder, command), arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }
}
