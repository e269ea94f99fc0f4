namespace Cairn.Cli.Tests.Running;

/// <summary>scontrol, squeue, scancel and srun as a program inside the job finds them.</summary>
public sealed class CommandsInsideTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    [Fact]
    public async Task Queries_answer_in_Slurms_form()
    {
        var run = await Inside(
            """
            scontrol show job "$SLURM_JOB_ID"
            SLURM_TIME_FORMAT=%s scontrol -o show job "$SLURM_JOB_ID" | grep -oE 'EndTime=[0-9]+'
            echo "EndTime=$SLURM_JOB_END_TIME"
            squeue
            squeue -h -j "$SLURM_JOB_ID" -o '%i|%.3j|%T|%l|%u'
            scontrol show hostnames 'n[1-2]'
            scontrol show config | grep -E '^(KillWait|ProctrackType)'
            """,
            "--time", "1-00:00:00", "--kill-wait", "7s", "--job-name", "train", "--partition", "gpu");
        Assert.True(run.ExitCode == 0, run.Error);
        var lines = run.Output.Split('\n');
        Assert.Equal($"JobId={run.Report!.JobId} JobName=train", lines[0]);
        Assert.Contains("   JobState=RUNNING Reason=None Dependency=(null)", lines);
        Assert.Contains("   Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=0:0", lines);
        Assert.Contains(lines, line => line.StartsWith("   RunTime=00:00:0", StringComparison.Ordinal) && line.EndsWith("TimeLimit=1-00:00:00 TimeMin=N/A", StringComparison.Ordinal));
        var ends = lines.Where(line => line.StartsWith("EndTime=", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2, ends.Length);
        Assert.Equal(ends[0], ends[1]);
        Assert.Contains(lines, line => line.StartsWith("             JOBID PARTITION     NAME", StringComparison.Ordinal));
        Assert.Contains($"{run.Report.JobId}|tra|RUNNING|1-00:00:00|{Environment.UserName}", lines);
        Assert.Contains("n1\nn2\nKillWait                = 7 sec\nProctrackType           = proctrack/cgroup\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_have_Slurms_words_and_codes_and_what_is_not_imitated_is_named()
    {
        var run = await Inside(
            """
            try() { "$@"; echo "= $?"; }
            try scontrol requeue 1
            try scontrol requeue "$SLURM_JOB_ID"
            try scontrol show job 1
            try scontrol resume "$SLURM_JOB_ID"
            try scontrol show nodes
            try scontrol update jobid="$SLURM_JOB_ID" Priority=3
            try scontrol update jobid="$SLURM_JOB_ID" TimeLimit=soon
            try squeue -j 1
            try squeue --json
            try scancel
            try scancel "$SLURM_JOB_ID.7"
            try srun --multi-prog x
            try srun -n 0 true
            try sbatch job.sh
            """,
            "--no-requeue");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal([.. Enumerable.Repeat("= 1", 10), "= 225", .. Enumerable.Repeat("= 1", 3)], run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        string[] expected =
        [
            "Invalid job id specified for job 1", "Requested operation is presently disabled for job", "slurm_load_jobs error: Invalid job id specified",
            "Job is not suspended for job", "does not imitate show nodes", "does not imitate update Priority=", "Invalid TimeLimit value soon",
            "does not imitate --json", "No job identification provided", "Kill job error on job step id", "does not imitate srun --multi-prog",
            "'0' is no number of tasks", "does not imitate sbatch",
        ];
        Assert.All(expected, text => Assert.Contains(text, run.Error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_forbidden_requeue_can_be_switched_on_from_inside()
    {
        var run = await Inside(
            """
            [ -n "$SLURM_RESTART_COUNT" ] && exit 0
            scontrol requeue "$SLURM_JOB_ID" && exit 9
            scontrol update jobid="$SLURM_JOB_ID" Requeue=1 && scontrol requeue "$SLURM_JOB_ID"
            sleep 60
            """,
            "--no-requeue");
        Assert.Equal(["Requeued", "Finished"], run.Endings);
    }

    [Fact]
    public async Task An_operator_can_move_the_end()
    {
        var run = await Inside("scontrol update jobid=$SLURM_JOB_ID EndTime=now+1; sleep 60", "--time", "1h", "--kill-wait", "1s");
        Assert.Equal((124, "TIMEOUT"), (run.ExitCode, run.Report!.State));
    }

    [Fact]
    public async Task The_second_attempt_knows_that_it_is_one()
    {
        var run = await Inside(
            """
            echo "$CAIRN_ATTEMPT ${SLURM_RESTART_COUNT-unset} $SLURM_JOB_ID ${SLURM_ARRAY_JOB_ID-unset} $CAIRN_REQUEUE"
            [ -n "$SLURM_RESTART_COUNT" ] || { scontrol requeue "$SLURM_JOB_ID"; sleep 60; }
            """);
        var id = run.Report!.JobId;
        Assert.Equal($"1 unset {id} unset self\n2 1 {id} unset self\n", run.Output);
    }

    [Fact]
    public async Task Cancelled_from_inside_it_is_asked_killed_and_not_begun_again()
    {
        var run = await Inside("trap 'echo asked' TERM; scancel $SLURM_JOB_ID; while :; do sleep 0.02; done", "--kill-wait", "500ms");
        Assert.Equal((143, "CANCELLED", "asked\n"), (run.ExitCode, run.Report!.State, run.Output));
        Assert.Equal(["Cancelled"], run.Endings);
    }

    [Fact]
    public async Task A_signal_by_scancel_leaves_the_job_running()
    {
        var run = await Inside(
            """
            trap 'echo usr1; exit 0' USR1
            scancel --batch --signal=USR1 $SLURM_JOB_ID; sleep 0.2; echo not yet
            scancel --signal=USR1 $SLURM_JOB_ID
            while :; do sleep 0.02; done
            """);
        Assert.Equal((0, "not yet\nusr1\n"), (run.ExitCode, run.Output));
    }

    [Fact]
    public async Task Releases_differ_in_what_they_tell()
    {
        const string ask = "echo ${SLURM_JOB_END_TIME+told}";
        Assert.Equal("\n", (await Inside(ask, "--slurm", "22", "--time", "60s")).Output);
        Assert.Equal("told\n", (await Inside(ask, "--slurm", "24", "--time", "60s")).Output);
    }

    public void Dispose() => _sandbox.Dispose();

    private Task<LocalRun> Inside(string text, params string[] options) =>
        _sandbox.Local([.. options, "--requeue-delay", "100ms", "--", _sandbox.Script("inside", text)]);
}
