using System.Diagnostics;
using System.Text.RegularExpressions;
using Cairn.Cli.Processes;
using Cairn.Posix;

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
        Assert.Equal(["Requeued", "Finished"], (await run).Endings);
    }

    [Fact]
    public async Task Its_node_is_set_down()
    {
        var (_, run) = await Up([.. Quick, "--", _sandbox.Script("waits", Waits)]);
        Assert.Equal((0, ""), Call("scontrol", "update", $"nodename={Environment.MachineName}", "state=down", "reason=test"));
        Assert.Equal(["NodeFailed", "Finished"], (await run).Endings);
    }

    [Fact]
    public async Task A_job_that_may_not_be_requeued_ends_with_its_node()
    {
        var (_, run) = await Up([.. Quick, "--no-requeue", "--", _sandbox.Script("waits", Waits)]);
        Assert.Equal(1, Call("scontrol", "update", $"nodename={Environment.MachineName}", "state=down").ExitCode);
        Assert.Equal((0, ""), Call("scontrol", "update", $"nodename={Environment.MachineName}", "state=down", "reason=test"));
        Assert.Equal(("NODE_FAIL", 143), ((await run).Report!.State, (await run).ExitCode));
    }

    [Fact]
    public async Task The_first_line_names_a_folder_that_nobody_else_may_enter()
    {
        var (pid, run) = await Up([.. Quick, "--", _sandbox.Script("waits", Waits)]);
        var folder = CommandsFolder().Match(_sandbox.Said.Split('\n')[0]).Groups["folder"].Value;
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(ownerOnly, File.GetUnixFileMode(Path.GetDirectoryName(folder)!));
        Assert.Equal((0, ""), Call("scancel", $"{pid}"));
        Assert.Equal(folder, (await run).Report!.Commands);
    }

    [Fact]
    public async Task Requeued_by_an_operator_it_is_asked_and_sees_that_it_was()
    {
        var program = _sandbox.Script(
            "asks",
            """
            [ -n "$SLURM_RESTART_COUNT" ] && exit 0
            trap 'scontrol show job $SLURM_JOB_ID > asked; exit 0' TERM
            touch up
            while :; do sleep 0.02 & wait $!; done
            """);
        var (pid, run) = await Up(["--requeue-delay", "100ms", "--", program]);
        Assert.Equal((0, ""), Call("scontrol", "requeue", $"{pid}"));
        Assert.Equal(["Requeued", "Finished"], (await run).Endings);
        Assert.Contains("   JobState=COMPLETING Reason=None Dependency=(null)", _sandbox.Lines("asked"));
        Assert.Contains("   Requeue=1 Restarts=1 BatchFlag=1 Reboot=0 ExitCode=0:0", _sandbox.Lines("asked"));
    }

    [Fact]
    public async Task Where_preemption_cancels_it_is_over_after_the_grace()
    {
        var (pid, run) = await Up([.. Quick, "--grace", "300ms", "--preempt-mode", "cancel", "--form", "child", "--", _sandbox.Script("waits", Waits)]);
        Sandbox.Kill(pid, SignalName.Usr1);
        Assert.Equal(("PREEMPTED", 143), ((await run).Report!.State, (await run).ExitCode));
        Assert.Equal(["Preempted"], (await run).Endings);
    }

    [Fact]
    public async Task A_preemption_can_begin_with_the_jobs_own_signal()
    {
        const string program = "trap 'echo usr2 > heard; exit 0' USR2; trap 'echo term > heard; exit 0' TERM; touch up; while :; do sleep 0.02 & wait $!; done";
        var (pid, run) = await Up([.. Quick, "--grace", "1m", "--preempt-signal", "--signal", "USR2@1s", "--slurm", "22", "--", _sandbox.Script("hears", program)]);
        Sandbox.Kill(pid, SignalName.Usr1);
        await run;
        Assert.Equal(["usr2"], _sandbox.Lines("heard"));
    }

    [Fact]
    public async Task Its_steps_are_shown()
    {
        _sandbox.Script("waits", Waits);
        var (pid, run) = await Up([.. Quick, _sandbox.Script("job.sh", "srun -n 2 ./waits")]);
        var steps = Call("scontrol", "show", "step", $"{pid}").Said;
        Assert.Contains($"StepId={pid}.batch ", steps, StringComparison.Ordinal);
        Assert.Contains($"StepId={pid}.0 ", steps, StringComparison.Ordinal);
        Assert.Contains("Tasks=2 Name=waits ", Call("scontrol", "show", "step", $"{pid}.0").Said, StringComparison.Ordinal);
        Assert.Equal(1, Call("scontrol", "show", "step", $"{pid}.7").ExitCode);
        Assert.Equal((0, ""), Call("scancel", $"{pid}"));
        Assert.Equal("CANCELLED", (await run).Report!.State);
    }

    [Fact]
    public async Task A_signal_to_one_step_leaves_the_job_running()
    {
        _sandbox.Script("hears", "trap 'echo usr1; exit 0' USR1; touch up; while :; do sleep 0.02 & wait $!; done");
        var (pid, run) = await Up([.. Quick, _sandbox.Script("job.sh", "srun ./hears\necho \"srun $?\"\n")]);
        Assert.Equal((0, ""), Call("scancel", "--signal=USR1", $"{pid}.0"));
        Assert.Equal((0, "usr1\nsrun 0\n"), ((await run).ExitCode, (await run).Output));
    }

    [Fact]
    public async Task USR1_to_it_preempts_the_attempt()
    {
        var (pid, run) = await Up([.. Quick, "--grace", "200ms", "--slurm", "22", "--", _sandbox.Script("waits", Waits)]);
        Sandbox.Kill(pid, SignalName.Usr1);
        var end = await run;
        Assert.Contains("preempted: TERM to the tasks", end.Error, StringComparison.Ordinal);
        Assert.Equal(["PreemptedAndLost"], end.Endings); // bash dies of the TERM, inside the grace
    }

    [Theory]
    [InlineData("--ignore-signal=USR1,TERM", SignalName.Usr1, "PreemptedAndLost")]
    [InlineData("--ignore-signal=USR1,TERM", SignalName.Term, "Cancelled")]
    [InlineData("--block-signal=USR1,TERM", SignalName.Usr1, "PreemptedAndLost")]
    [InlineData("--block-signal=USR1,TERM,HUP", SignalName.Hup, "Cancelled")]
    public async Task What_its_parent_ignored_or_blocked_it_hears(string environment, int signal, string ending)
    {
        _sandbox.Environment = [environment];
        var (pid, run) = await Up([.. Quick, "--grace", "200ms", "--slurm", "22", "--", _sandbox.Script("waits", Waits)]);
        Sandbox.Kill(pid, signal);
        Assert.Equal(ending, (await run).Endings.First());
    }

    [Fact]
    public async Task A_step_is_cancelled_and_the_script_goes_on()
    {
        _sandbox.Script("waits", Waits);
        var script = _sandbox.Script("job.sh", "srun ./waits\necho \"srun $?\" > srun\nexit 0\n");
        var (pid, run) = await Up([.. Quick, script]);
        Assert.Equal(225, Call("scancel", $"{pid}.7").ExitCode);
        Assert.Equal((0, ""), Call("scancel", $"{pid}.0"));
        Assert.Equal(("COMPLETED", 0), ((await run).Report!.State, (await run).ExitCode));
        Assert.Equal(["srun 137"], _sandbox.Lines("srun"));
    }

    [Fact]
    public async Task Two_signals_in_one_moment_are_one_as_timeout_sends_them()
    {
        var (pid, run) = await Up(["--kill-wait", "20s", "--form", "srun", "--", _sandbox.Script("saves", "trap 'sleep 0.3; touch saved; exit 0' TERM; touch up; while :; do sleep 0.02 & wait $!; done")]);
        Sandbox.Kill(pid, SignalName.Term);
        Sandbox.Kill(pid, SignalName.Hup);
        Assert.DoesNotContain("KILL to all", (await run).Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_sandbox.At("saved")));
    }

    [Fact]
    public async Task A_suspension_that_is_over_when_tasks_start_is_none_of_theirs()
    {
        _sandbox.Script("task", "trap 'touch stopped' TSTP; for i in 1 2 3 4 5; do sleep 0.1; done");
        var (pid, run) = await Up([.. Quick, _sandbox.Script("job.sh", "mkfifo out.1; touch up; srun -n 2 -o out.%t ./task\necho \"srun $?\"")]);
        await Sandbox.Until(() => Call("scontrol", "show", "step", $"{pid}.0").ExitCode == 0, "srun stands before the fifo");
        Assert.Equal((0, ""), Call("scontrol", "suspend", $"{pid}"));
        Assert.Equal((0, ""), Call("scontrol", "resume", $"{pid}"));
        await File.ReadAllTextAsync(_sandbox.At("out.1"), TestContext.Current.CancellationToken);
        Assert.Equal("srun 0\n", (await run).Output);
        Assert.False(File.Exists(_sandbox.At("stopped")));
    }

    [Fact]
    public async Task A_TERM_to_srun_before_its_tasks_are_there_ends_them()
    {
        _sandbox.Script("task", "sleep 20; touch missed");
        var (pid, run) = await Up([.. Quick, _sandbox.Script("job.sh", "mkfifo out.1; srun -n 2 -o out.%t ./task & echo $! > srun; touch up; wait $!; echo \"srun $?\"")]);
        await Sandbox.Until(() => Call("scontrol", "show", "step", $"{pid}.0").ExitCode == 0, "srun stands before the fifo");
        var srun = int.Parse(_sandbox.Lines("srun")[0], System.Globalization.CultureInfo.InvariantCulture);
        await Sandbox.Until(() => Interruptions.Signals.SignalState.Of(srun)?.IsHeard(SignalName.Term) == true, "srun listens");
        Sandbox.Kill(srun, SignalName.Term);
        await Sandbox.Until(() => _sandbox.Said.Contains("forcing job termination", StringComparison.Ordinal), "srun has heard it");
        await File.ReadAllTextAsync(_sandbox.At("out.1"), TestContext.Current.CancellationToken);
        Assert.Equal("srun 137\n", (await run).Output);
        Assert.False(File.Exists(_sandbox.At("missed")));
    }

    [Fact]
    public async Task It_is_suspended_and_resumed()
    {
        var (pid, run) = await Up([.. Quick, "--", _sandbox.Script("counts", "trap 'touch stopped' TSTP; touch up; for i in {1..80}; do echo $i >> count; sleep 0.1; done")]);
        Assert.Equal((0, ""), Call("scontrol", "suspend", $"{pid}"));
        Assert.Contains("JobState=SUSPENDED", Call("scontrol", "show", "job", $"{pid}").Said, StringComparison.Ordinal);
        var before = await Settled();
        Assert.True(before < 80);
        Assert.Equal((0, ""), Call("scontrol", "resume", $"{pid}"));
        Assert.Equal(0, (await run).ExitCode);
        Assert.Equal(80, _sandbox.Lines("count").Length);
        Assert.True(File.Exists(_sandbox.At("stopped")), "TSTP, which can be heard, comes before STOP");
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
    public async Task An_element_of_a_scripts_array_knows_the_whole()
    {
        var script = _sandbox.Script("job.sh", "#SBATCH --array=1-9:2%2\n#SBATCH --output=%A_%a.log\nenv | grep ^SLURM_ARRAY_TASK | sort | cut -c18-; squeue -h -o '%i %A %F %K'\n");
        var (pid, running) = _sandbox.LocalInBackground("--array-task", "3", script);
        Assert.Equal(0, (await running).ExitCode);
        Assert.Equal(["COUNT=5", "ID=3", "MAX=9", "MIN=1", "STEP=2", $"{pid}_3 {pid} {pid} 3"], _sandbox.Lines($"{pid}_3.log"));
        var refused = await _sandbox.Local("--array-task", "4", script);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("has no element 4", refused.Error, StringComparison.Ordinal);
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
        // What was said before may arrive after it.
        await Sandbox.Until(() => (File.Exists(_sandbox.At("up")) && CommandsFolder().IsMatch(_sandbox.Said)) || run.IsCompleted, "the program is up");
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
        // Both are short.
        var said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }
}
