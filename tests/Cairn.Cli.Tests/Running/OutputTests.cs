using System.Text.Json;
using Cairn.Cli.LocalScheduler.Reports;

namespace Cairn.Cli.Tests.Running;

public sealed class OutputTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    [Fact]
    public async Task In_a_pipe_the_programs_output_stays_clean_and_nothing_is_coloured()
    {
        var run = await _sandbox.Local("--time", "60s", "--", "sh", "-c", "echo out; echo err >&2; exit 3");
        Assert.Equal((3, "out\n"), (run.ExitCode, run.Output));
        Assert.Contains("err\n", run.Error, StringComparison.Ordinal);
        Assert.Contains($"cairn local: job {run.Report!.JobId}, attempt 1 begins, limit 1 min\n", run.Error, StringComparison.Ordinal);
        Assert.Contains($"job {run.Report.JobId}: FAILED, exit code 3", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', run.Error);
    }

    [Fact]
    public async Task The_report_can_be_JSON_on_standard_output()
    {
        var run = await _sandbox.Local("--format", "json", "--", "true");
        var report = JsonSerializer.Deserialize(run.Output, ReportJson.Default.JobReport)!;
        Assert.Equal(("COMPLETED", 0, 1), (report.State, report.ExitCode, report.Attempts.Count));
        Assert.Equal(report.JobId, run.Report!.JobId);
        Assert.DoesNotContain("COMPLETED", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_tasks_have_ranks_and_the_highest_code_counts()
    {
        var run = await _sandbox.Local("--ntasks", "3", "--output", "log-%x", "--job-name", "ranks", "--", "sh", "-c", "echo $SLURM_PROCID/$SLURM_NTASKS; exit $SLURM_LOCALID");
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(["0/3", "1/3", "2/3"], _sandbox.Lines("log-ranks").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_program_starts_with_default_signals_and_nothing_blocked_in_a_session_of_its_own()
    {
        var run = await _sandbox.Local("--", "sh", "-c", "grep -E '^Sig(Blk|Ign)' /proc/$$/status | sed 's/0000000180000000/0000000000000000/'; [ \"$(cut -d' ' -f6 /proc/$$/stat)\" = $$ ] && echo leader");
        // 32 and 33 belong to glibc itself, which ignores them in what posix_spawn starts.
        Assert.Equal("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nleader\n", run.Output);
    }

    [Fact]
    public async Task A_death_by_a_signal_is_shown_as_one()
    {
        var run = await _sandbox.Local("--", "sh", "-c", "kill -SEGV $$");
        Assert.Equal(139, run.ExitCode);
        Assert.Contains("SIGSEGV", run.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _sandbox.Dispose();
}
