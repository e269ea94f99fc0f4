namespace Cairn.Cli.Tests.LocalScheduler;

/// <summary>Whole jobs under the real program, with real signals and kills.</summary>
public class WholeJobTests
{
    private static int Count(string text, string part) => text.Split(part).Length - 1;

    [Fact]
    public void The_guides_pattern_in_Python_is_warned_requeued_and_resumed_until_it_is_done()
    {
        using var local = new Local();
        var exitCode = local.Run("--time", "4s", "--signal", "USR2@2s", "--requeue-delay", "100ms", "--", "python3", Local.Python("train.py"), "120", "0.05");
        Assert.Equal(0, exitCode);
        Assert.True(Count(local.Output, "Resumed from step") >= 2, local.Output);
        Assert.Equal(Count(local.Output, "Requeueing job"), Count(local.Output, "Resumed from step"));
        using var straight = new Local();
        straight.Run("--", "python3", Local.Python("train.py"), "120", "0");
        Assert.Equal(straight.Output, local.Output.Split('\n').Single(line => line.StartsWith("Training complete", StringComparison.Ordinal)) + "\n");
    }

    [Theory]
    // form, warning → what the program hears of the warning, and of the limit
    [InlineData("srun", "USR2@1s", "USR2", "TERM")]
    [InlineData("srun", "B:USR2@1s", "", "TERM")]
    [InlineData("exec", "USR2@1s", "", "TERM")]
    [InlineData("exec", "B:USR2@1s", "USR2", "TERM")]
    [InlineData("child", "USR2@1s", "", "")]
    [InlineData("child", "B:USR2@1s", "", "")]
    [InlineData("task-child", "USR2@1s", "", "")]
    public void Each_launch_form_hears_what_it_hears_on_a_cluster(string form, string warning, string heardOfWarning, string heardOfLimit)
    {
        using var local = new Local();
        local.Run("--time", "3s", "--signal", warning, "--kill-wait", "500ms", "--form", form, "--", "python3", Local.Python("listen.py"));
        string[] expected = [.. new[] { heardOfWarning, heardOfLimit }.Where(signal => signal.Length > 0).Select(signal => "heard " + signal)];
        Assert.Equal(["listening", .. expected], local.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void The_limit_without_a_requeue_is_a_timeout()
    {
        using var local = new Local();
        Assert.Equal(124, local.Run("--time", "1s", "--kill-wait", "300ms", "--", "sleep", "600"));
        Assert.Contains("time limit", local.Messages, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("22", 0, 1)] // left in the grace without a word: completed, and lost
    [InlineData("24", 0, 2)]
    public void Leaving_in_the_grace_of_a_preemption_is_lost_on_22_and_requeued_on_24(string slurm, int code, int attempts)
    {
        using var local = new Local();
        var script = local.Script("leave.sh", "#!/bin/bash\ntrap 'exit 0' TERM\n[ -n \"$SLURM_RESTART_COUNT\" ] && exit 0\necho ready\nwhile :; do sleep 0.05; done\n");
        var exitCode = local.Run("--preempt-after", "1s", "--grace", "20s", "--slurm", slurm, "--requeue-delay", "100ms", "--", script);
        Assert.Equal(code, exitCode);
        Assert.Equal(attempts, Count(local.Messages, " starts,"));
    }

    [Fact]
    public void Staying_through_the_grace_is_killed_and_requeued()
    {
        using var local = new Local();
        var exitCode = local.Run(
            "--preempt-after", "1s", "--grace", "1s", "--slurm", "22", "--max-attempts", "2", "--time", "5s", "--kill-wait", "100ms", "--requeue-delay", "100ms", "--", "python3", Local.Python("listen.py"));
        Assert.Equal(124, exitCode);
        Assert.Equal(2, Count(local.Output, "listening"));
        Assert.Contains("preempted, requeued", local.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_cancelled_from_inside_does_not_come_back()
    {
        using var local = new Local();
        Assert.Equal(143, local.Run("--kill-wait", "300ms", "--", "bash", "-c", "scancel $SLURM_JOB_ID; sleep 600"));
        Assert.Equal(1, Count(local.Messages, " starts,"));
        Assert.Contains("cancelled by scancel", local.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void A_requeue_is_refused_until_it_is_switched_on()
    {
        using var local = new Local();
        var script = local.Script("job.sh", """
            #!/bin/bash
            [ -n "$SLURM_RESTART_COUNT" ] && { echo "again $SLURM_RESTART_COUNT"; exit 0; }
            scontrol requeue $SLURM_JOB_ID || echo "refused $?"
            scontrol update jobid=$SLURM_JOB_ID Requeue=1
            scontrol requeue $SLURM_JOB_ID
            sleep 600
            """);
        Assert.Equal(0, local.Run("--no-requeue", "--requeue-delay", "100ms", "--", script));
        Assert.Contains("refused 1\n", local.Output, StringComparison.Ordinal);
        Assert.Contains("again 1\n", local.Output, StringComparison.Ordinal);
        Assert.Contains("Requested operation is presently disabled", local.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void A_job_sees_its_variables_and_none_of_an_outer_Slurm()
    {
        using var local = new Local();
        Assert.Equal(0, local.Run("--time", "10", "--job-name", "train", "-n", "2", "--slurm", "24", "--", "bash", "-c", "env | grep -E '^(SLURM|CAIRN)' | sort; cat $CAIRN_STATUS; squeue -h -o '%i %T'"));
        foreach (var expected in (string[])["SLURM_JOB_NAME=train", "SLURM_PROCID=0", "SLURM_PROCID=1", "SLURM_NTASKS=2", "CAIRN_ATTEMPT=1", "CAIRN_REQUEUE=self", "SLURM_JOB_END_TIME=", "\"stop_requested\":false", " RUNNING"])
            Assert.Contains(expected, local.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("SLURM_OUTER", local.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("SLURM_RESTART_COUNT", local.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_library_reads_what_scontrol_says_here()
    {
        using var local = new Local();
        local.Run("--time", "10", "--", "bash", "-c", "SLURM_TIME_FORMAT=%s scontrol show job $SLURM_JOB_ID");
        var status = Cairn.Slurm.JobStatus.Parse(local.Output)!;
        Assert.Equal("RUNNING", status.State);
        Assert.Equal(TimeSpan.FromMinutes(10), status.EndTime - status.StartTime);
    }

    [Fact]
    public void A_batch_script_runs_unchanged_with_its_directives_and_srun()
    {
        using var local = new Local();
        var job = local.Script("job.sh", $$"""
            #!/bin/bash
            #SBATCH --job-name=guide
            ##SBATCH --account=nobody
            #SBATCH --nodes=1
            #SBATCH --ntasks=2
            #SBATCH --time=00:00:04
            #SBATCH --signal=USR2@2
            echo "in the batch shell: $SLURM_JOB_NAME ${SLURM_PROCID}-"
            #SBATCH --job-name=too-late
            srun python3 {{Local.Python("listen.py")}} 3
            """);
        local.Run("--kill-wait", "300ms", job);
        Assert.Contains("in the batch shell: guide -", local.Output, StringComparison.Ordinal);
        Assert.Equal(2, Count(local.Output, "heard USR2"));
        Assert.Contains("without effect here: --nodes", local.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void The_guides_own_batch_script_never_hears_its_warning()
    {
        using var local = new Local();
        var job = local.Script("job.sh", $"#!/bin/bash\n#SBATCH --time=00:00:03\n#SBATCH --signal=USR2@2\npython3 {Local.Python("listen.py")}\n");
        Assert.Equal(124, local.Run("--kill-wait", "300ms", job));
        Assert.Equal("listening\n", local.Output);
    }

    [Fact]
    public void Srun_returns_the_highest_exit_code()
    {
        using var local = new Local();
        var job = local.Script("job.sh", "#!/bin/bash\nsrun -n 3 bash -c 'exit $SLURM_PROCID'\necho \"srun gave $?\"\nexit 5\n");
        Assert.Equal(5, local.Run(job));
        Assert.Equal("srun gave 2\n", local.Output);
    }

    [Fact]
    public void The_log_is_kept_over_attempts()
    {
        using var local = new Local();
        var script = local.Script("job.sh", "#!/bin/bash\necho \"attempt $CAIRN_ATTEMPT\"\n[ $CAIRN_ATTEMPT = 3 ] || { scontrol requeue $SLURM_JOB_ID; sleep 600; }\n");
        Assert.Equal(0, local.Run("--requeue-delay", "50ms", "--output", "%x.log", "--report", "report.json", "--", script));
        Assert.Equal("attempt 1\nattempt 2\nattempt 3\n", File.ReadAllText(Path.Combine(local.Folder, "job.sh.log")));
        Assert.Contains("\"state\": \"COMPLETED\"", File.ReadAllText(Path.Combine(local.Folder, "report.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_cap_ends_a_job_that_would_never_end()
    {
        using var local = new Local();
        Assert.Equal(75, local.Run("--max-attempts", "3", "--requeue-delay", "10ms", "--", "bash", "-c", "scontrol requeue $SLURM_JOB_ID; sleep 600"));
        Assert.Equal(3, Count(local.Messages, " starts,"));
    }

    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("exit 75", 75)] // plain Slurm takes every code but 0 as a failure
    [InlineData("kill -9 $$", 137)]
    public void The_jobs_exit_code_is_the_programs(string command, int code)
    {
        using var local = new Local();
        Assert.Equal(code, local.Run("--", "bash", "-c", command));
    }
}
