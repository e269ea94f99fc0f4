using System.Text.Json;
using Cairn.Attempts;
using Cairn.Cli.Tests.Running;
using Cairn.Cli.Wrapper;
using Cairn.Cli.Wrapper.History;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>What a wrapped job leaves behind: a journal an attempt, in the library's form, kept after its end.</summary>
public sealed class JournalTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    [Fact]
    public async Task A_job_that_was_requeued_and_has_finished_can_be_read_afterwards()
    {
        // The first attempt reports and stops at its warning, the second finishes.
        _sandbox.Script(
            "train.sh",
            """
            report() { printf '{"step":%d,"total":50,"metric":"loss","value":%s,"time":"%s"}\n' $1 $2 "$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)" >> "$CAIRN_REPORTS"; }
            if [ "$CAIRN_ATTEMPT" = 2 ]; then report 50 0.25; : > "$CAIRN_DONE_FILE"; exit 0; fi
            trap 'report 40 0.5; exit 75' USR2
            while :; do sleep 0.1; done
            """);
        _sandbox.Script("notify.sh", "echo \"$1\" >> told; cat >> told\n");
        var run = await _sandbox.Local(
            "--requeue-delay", "200ms", "--checkpoint-dir", "ck", "--time", "60s", "--signal", "USR2@55s",
            "--", Sandbox.Program, "run", "--notify", $"{_sandbox.At("notify.sh")} of-mine", "--", "bash", "train.sh");
        Assert.True(run.Report?.State == "COMPLETED", run.Error + run.Output);

        var folder = Assert.Single(Directory.GetDirectories(_sandbox.At("ck/.cairn-run")));
        var attempts = AttemptStory.ReadAll(folder);
        Assert.Equal([1, 2], attempts.Select(attempt => attempt.Number));
        foreach (var attempt in attempts)
        {
            var claim = attempt.Claim!;
            Assert.Equal((attempt.Number, attempt.Number - 1, "bash train.sh", _sandbox.At("ck")), (claim.Attempt, claim.Restarts, claim.Program, claim.Checkpoints));
            Assert.EndsWith("-" + claim.Job, "x-" + folder, StringComparison.Ordinal);
            Assert.Equal((1, Environment.MachineName), (claim.Allocation!.NodeCount, claim.Process.Host));
            var queued = Assert.Single(attempt.Events.OfType<Queued>());
            Assert.True(queued.Submitted <= queued.Started && queued.Started <= claim.Time.AddSeconds(2), $"{queued} {claim.Time}");
        }

        var (first, second) = (attempts[0].Events, attempts[1].Events);
        Assert.Equal(("Warning", "USR2"), (first.OfType<Interrupted>().Single().Kind, first.OfType<Interrupted>().Single().Signal));
        var progress = first.OfType<Progress>().Single();
        Assert.Equal((40, 50, 0.5), (progress.Step, progress.Planned, progress.Metrics!["loss"]));
        var ended = first.OfType<ProgramEnded>().Single();
        Assert.Equal((EndKind.AskedForRequeue, 75, "Warning", EndAction.Requeue, "RUNNING"), (ended.Kind, ended.ExitCode, ended.Cause, ended.Action, ended.Slurm));
        Assert.InRange(ended.Seconds, 1, 60);
        var last = second.OfType<ProgramEnded>().Single();
        Assert.Equal((EndKind.Finished, 0, null, 0), (last.Kind, last.ExitCode, last.Cause, last.Final));
        Assert.True(File.Exists(AttemptFiles.Metrics(folder, 1)));

        var told = _sandbox.Lines("told");
        Assert.Equal(["of-mine", "of-mine"], [told[0], told[2]]);
        Assert.Contains("{\"event\":\"requeued\"", told[1], StringComparison.Ordinal);
        Assert.Contains("{\"event\":\"finished\"", told[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_is_stopped_for_good_is_told_of_and_does_not_begin_again()
    {
        _sandbox.Script("train.sh", "trap 'exit 75' USR2\n: > ready\nwhile :; do sleep 0.1; done\n");
        _sandbox.Script("notify.sh", "cat >> told\n");
        string[] wrapped = ["--", Sandbox.Program, "run", "--notify", _sandbox.At("notify.sh"), "--", "bash", "train.sh"];
        var (_, running) = _sandbox.LocalInBackground(["--requeue-delay", "200ms", "--checkpoint-dir", "ck", "--time", "2h", .. wrapped]);
        await Sandbox.Until(() => File.Exists(_sandbox.At("ready")), "the program");
        var folder = Assert.Single(Directory.GetDirectories(_sandbox.At("ck/.cairn-run")));
        File.WriteAllText(StateFolder.StopIn(folder), "");
        var run = await running;
        Assert.Equal(143, run.ExitCode);
        Assert.Single(run.Report!.Attempts);
        Assert.Contains("stopped by cairn stop: not requeued; cairn resume lets it go on", run.Error, StringComparison.Ordinal);
        var ended = AttemptStory.ReadAll(folder)[0].Events.OfType<ProgramEnded>().Single();
        Assert.Equal((EndKind.StopFile, "StopFile", EndAction.Leave), (ended.Kind, ended.Cause, ended.Action));
        using var told = JsonDocument.Parse(Assert.Single(_sandbox.Lines("told")));
        Assert.Equal(
            ("stopped", 1, _sandbox.At("ck")),
            (told.RootElement.GetProperty("event").GetString(), told.RootElement.GetProperty("attempt").GetInt32(), told.RootElement.GetProperty("folder").GetString()));
    }

    [Fact]
    public void What_is_kept_of_jobs_that_are_over_has_an_end()
    {
        // A year old, a day old, and those that make the newest 200 full.
        var now = new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);
        for (var job = 0; job < OldJobs.Kept + 3; job++)
        {
            var path = AttemptFiles.Journal(_sandbox.At($"{job}"), 1);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "");
            var days = job switch { 0 or 1 => 400, 2 => 20, _ => 1 };
            File.SetLastWriteTimeUtc(path, now.UtcDateTime.AddDays(-days));
            Directory.SetLastWriteTimeUtc(_sandbox.At($"{job}"), now.UtcDateTime.AddDays(-1000));
        }

        File.CreateSymbolicLink(_sandbox.At("link"), _sandbox.At("0"));
        OldJobs.Remove(_sandbox.Folder, now);
        Assert.False(Directory.Exists(_sandbox.At("0")) || Directory.Exists(_sandbox.At("1")));
        Assert.True(Directory.Exists(_sandbox.At("2"))); // young
        Assert.Equal(OldJobs.Kept + 1, Directory.GetDirectories(_sandbox.Folder).Length);
    }

    public void Dispose() => _sandbox.Dispose();
}
