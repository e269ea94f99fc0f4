namespace Cairn.Cli.Tests.Running;

public sealed class BatchScriptRunTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    [Fact]
    public async Task Srun_starts_the_tasks_and_returns_the_highest_code()
    {
        _sandbox.Script(
            "job.sh",
            """
            #SBATCH --ntasks=2
            srun bash -c 'echo "rank $SLURM_PROCID of $SLURM_NTASKS in step $SLURM_STEP_ID"; exit $((SLURM_PROCID * 7))' | sort
            echo "srun: ${PIPESTATUS[0]}"
            srun -n 1 --cpu-bind=cores echo "again" "$SLURM_JOB_NAME" "$1"
            echo input | srun -n 1 cat
            """);
        var run = await _sandbox.Local("job.sh", "--", "--an-argument");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal("rank 0 of 2 in step 0\nrank 1 of 2 in step 0\nsrun: 7\nagain job.sh --an-argument\ninput\n", run.Output);
        Assert.Contains("task 1: Exited with exit code 7", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tasks_hear_the_warning_that_the_script_asked_for()
    {
        SignalLogger.In(_sandbox);
        _sandbox.Script("job.sh", "#SBATCH --time=6s --signal=USR2@3\ntrap 'echo shell >> heard' USR2\nsrun ./listen");
        var run = await _sandbox.Local("--kill-wait", "500ms", "job.sh");
        Assert.Equal(124, run.ExitCode);
        Assert.Equal("CONT TERM USR2", SignalLogger.HeardOnce(_sandbox));
    }

    [Fact]
    public async Task A_signal_to_srun_reaches_all_its_tasks()
    {
        _sandbox.Script("task", "trap 'echo \"heard $SLURM_PROCID\"; exit 3' USR2; touch up$SLURM_PROCID; while :; do sleep 0.02 & wait $!; done");
        _sandbox.Script(
            "job.sh",
            """
            srun -n 2 ./task > heard &
            until [ -e up0 ] && [ -e up1 ]; do sleep 0.02; done
            kill -USR2 $!
            wait $!; echo "srun: $?"
            sort heard
            """);
        var run = await _sandbox.Local("job.sh");
        Assert.Equal("srun: 3\nheard 0\nheard 1\n", run.Output);
    }

    [Fact]
    public async Task The_end_of_the_batch_shell_asks_the_tasks_before_it_ends_them()
    {
        _sandbox.Script("task", "trap 'echo asked > asked; exit 0' TERM; touch up; while :; do sleep 0.02 & wait $!; done");
        _sandbox.Script("job.sh", "srun ./task &\nuntil [ -e up ]; do sleep 0.02; done\n");
        var run = await _sandbox.Local("job.sh");
        Assert.Equal((0, "COMPLETED"), (run.ExitCode, run.Report!.State));
        Assert.Equal(["asked"], _sandbox.Lines("asked"));
    }

    [Fact]
    public async Task A_requeue_empties_the_log_unless_the_script_says_append()
    {
        const string body = "echo \"attempt $CAIRN_ATTEMPT\"\n[ -n \"$SLURM_RESTART_COUNT\" ] || { scontrol requeue $SLURM_JOB_ID; sleep 60; }\n";
        _sandbox.Script("truncates.sh", "#SBATCH --output=truncated\n" + body);
        _sandbox.Script("appends.sh", "#SBATCH --output=appended --open-mode=append\n" + body);
        await _sandbox.Local("--requeue-delay", "100ms", "truncates.sh");
        await _sandbox.Local("--requeue-delay", "100ms", "appends.sh");
        await _sandbox.Local("--requeue-delay", "100ms", "--output", "kept", "truncates.sh");
        Assert.Equal(["attempt 2"], _sandbox.Lines("truncated"));
        Assert.Equal(["attempt 1", "attempt 2"], _sandbox.Lines("appended"));
        Assert.Equal(["attempt 1", "attempt 2"], _sandbox.Lines("kept"));
    }

    [Fact]
    public async Task What_runs_is_a_copy_and_any_interpreter_does()
    {
        _sandbox.Write("job.sh", "#!/usr/bin/env sh\n#SBATCH -J name\necho \"$SLURM_JOB_NAME\"; echo 'exit 1' > job.sh; scontrol write batch_script $SLURM_JOB_ID - | head -2 | tail -1\n");
        Assert.Equal("name\n#SBATCH -J name\n", (await _sandbox.Local("job.sh")).Output);
    }

    public void Dispose() => _sandbox.Dispose();
}
