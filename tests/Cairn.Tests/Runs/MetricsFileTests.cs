using Cairn.Attempts;
using Cairn.Tests.Checkpoints;

namespace Cairn.Tests.Runs;

/// <summary>Every report of a run stands in the attempt's metrics file, with the step to which it belongs.</summary>
public sealed class MetricsFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ListLogger log = new();

    private IEnumerable<string> Warnings => log.Messages.Where(message => message.StartsWith("Warning", StringComparison.Ordinal) && message.Contains("metrics file", StringComparison.Ordinal));

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_step_is_that_of_the_checkpoint_which_carries_it()
    {
        using (var run = Open(folder.Path))
        {
            run.Report("before", 1);
            foreach (var step in run.Steps(3))
            {
                run.Report("loss", step);
                if (step == 1)
                    run.Report("loss", 10);
            }

            run.Report("behind", 2);
            Assert.Equal(0, run.Finish(() => run.Report("last", 3)));
            run.Report("finished", 4);
        }

        Assert.Equal(
            ["0 before 1", "1 loss 0", "2 loss 1", "2 loss 10", "3 loss 2", "3 behind 2", "3 last 3", "3 finished 4"], Reports(1));
    }

    [Fact]
    public void What_is_reported_behind_the_run_is_told_of_and_does_no_harm()
    {
        var run = Open(folder.Path);
        foreach (var step in run.Steps(2))
            run.Report("loss", step);
        Assert.Equal(0, run.Finish());
        run.Dispose();
        run.Report("late", 1);
        run.Report("late", 2);
        Assert.Contains("the run has ended", Assert.Single(Warnings), StringComparison.Ordinal);
        Assert.Equal(["1 loss 0", "2 loss 1"], Reports(1));
    }

    [Fact]
    public void In_a_loop_of_ones_own_the_next_boundary_or_save_says_which()
    {
        using (var run = Open(folder.Path))
        {
            run.Restore();
            run.Report("loss", 1);
            Assert.True(run.Boundary(10));
            run.Report("loss", 2);
            run.Save(25).Wait();
            run.Report("loss", 3);
            Assert.False(run.Boundary(30, last: true));
            Assert.Equal(0, run.Finish());
        }

        Assert.Equal(["10 loss 1", "25 loss 2", "30 loss 3"], Reports(1));
    }

    [Fact]
    public void A_step_that_was_left_half_done_has_its_reports_too()
    {
        using (var run = Open(folder.Path))
        {
            foreach (var step in run.Steps(9))
            {
                run.Report("loss", step);
                if (step == 2)
                    break;
            }
        }

        Assert.Equal(["1 loss 0", "2 loss 1", "3 loss 2"], Reports(1));
    }

    [Fact]
    public void The_next_attempt_has_a_file_of_its_own()
    {
        Train(5, stopAt: 3);
        Train(5);
        Assert.Equal(["1 loss 0", "2 loss 1", "3 loss 2"], Reports(1));
        Assert.Equal(["4 loss 3", "5 loss 4"], Reports(2));
    }

    // As one does that watches the machine beside the training.
    [Fact]
    public async Task Other_threads_may_report_whatever_the_run_is_doing()
    {
        const int Each = 20_000;
        using (var run = Open(folder.Path, SaveSchedule.EverySteps(5)))
        {
            Task? reporting = null;
            foreach (var step in run.Steps(long.MaxValue))
            {
                reporting ??= Task.WhenAll(Enumerable.Range(0, 2).Select(thread => Task.Factory.StartNew(() => ReportAll(run, thread), TaskCreationOptions.LongRunning)));
                if (reporting.IsCompleted)
                    run.Complete();
            }

            await reporting!;
            Assert.Equal(0, run.Finish());
        }

        var reports = Read(1).ToLookup(report => report.Metric, report => report.Value);
        Assert.All(["0", "1"], thread => Assert.Equal(Enumerable.Range(0, Each).Select(value => (double)value), reports[thread]));

        static void ReportAll(TrainingRun run, int thread)
        {
            for (var i = 0; i < Each; i++)
                run.Report($"{thread}", i);
        }
    }

    [Fact]
    public void Without_a_report_there_is_no_file()
    {
        using (var run = Open(folder.Path))
        {
            foreach (var step in run.Steps(3))
                Assert.True(step < 3);
            Assert.Equal(0, run.Finish());
        }

        Assert.Equal(["0001.jsonl"], Directory.GetFiles(folder["attempts"]).Select(path => Path.GetFileName(path)));
    }

    // Else a kill right behind the save would take what nobody does again.
    [Fact]
    public void Before_a_step_is_saved_its_reports_are_the_systems()
    {
        using var run = Open(folder.Path, SaveSchedule.EverySteps(10));
        foreach (var step in run.Steps(40))
        {
            if (step > 0 && step % 10 == 0)
                Assert.Equal(step, Reports(1).Count);
            run.Report("loss", step);
        }

        Assert.Equal(0, run.Finish());
    }

    [Theory]
    [InlineData("--save-every", "10")]
    [InlineData("--save-every", "10", "--save-mode", "Synchronous")]
    public void After_a_kill_and_a_resume_each_step_counts_once(params string[] options)
    {
        using (var trainer = Trainer.Start(folder.Path, 200, ["--report", "--delay", "50", .. options]))
        {
            trainer.WaitFor("step 47");
            trainer.Signal("KILL");
            trainer.WaitForEnd();
        }

        var (exitCode, _, messages) = Trainer.Run(folder.Path, 200, ["--report", .. options]);
        Assert.True(exitCode == 0, messages);
        var attempts = AttemptStory.ReadAll(folder.Path).Select(story => new AttemptReports(
            story.Number, story.ResumedFrom, story.Events.OfType<Saved>().Select(saved => saved.Step).ToHashSet(), Read(story.Number))).ToList();
        Assert.True(attempts[1].From >= 20, $"resumed at {attempts[1].From}");
        Assert.Equal(Enumerable.Range(1, 200).Select(step => (long)step), MetricHistory.Of(attempts).Reports.Select(one => one.Report.Step));
    }

    [Fact]
    public void A_file_that_cannot_be_made_is_told_of_once_and_harms_nothing()
    {
        Directory.CreateDirectory(folder["attempts", "0001.metrics"]);
        Train(100);
        Assert.Contains("will have holes there", Assert.Single(Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_full_disk_whole_lines_come_before_and_after()
    {
        using var disk = SmallFileSystem.Tmpfs(4);
        var ballast = Path.Combine(disk.Path, "ballast");
        using (var file = new MetricsFile(Path.Combine(disk.Path, "0001.metrics")) { OnFailure = error => log.Log(Microsoft.Extensions.Logging.LogLevel.Warning, 0, error.Message, null, (text, _) => $"metrics file {text}") })
        {
            Add(file, 1, 1000);
            file.Flush();
            Assert.ThrowsAny<IOException>(() => File.WriteAllBytes(ballast, new byte[8 << 20]));
            Add(file, 1001, 20000);
            file.Flush();
            Assert.Single(Warnings);
            File.Delete(ballast);
            Add(file, 20001, 20010);
        }

        var steps = File.ReadAllLines(Path.Combine(disk.Path, "0001.metrics")).Select(line => MetricReport.Read(System.Text.Encoding.UTF8.GetBytes(line))!.Value.Step).ToList();
        Assert.Equal(1000, steps.Count(step => step <= 1000));
        Assert.Equal(10, steps.Count(step => step > 20000));
    }

    [Fact]
    public void What_an_attempt_without_a_journal_left_is_not_mixed_in()
    {
        Directory.CreateDirectory(folder["attempts"]);
        File.WriteAllText(folder["outside"], "mine\n");
        File.CreateSymbolicLink(folder["attempts", "0001.metrics"], folder["outside"]);
        Train(2);
        Assert.Equal(["1 loss 0", "2 loss 1"], Reports(1));
        Assert.Equal("mine\n", File.ReadAllText(folder["outside"]));
    }

    private static void Add(MetricsFile file, long first, long last)
    {
        for (var step = first; step <= last; step++)
            file.Add(() => [new MetricReport(step, "loss", step, DateTimeOffset.UnixEpoch)]);
    }

    private void Train(long steps, long stopAt = long.MaxValue)
    {
        using var run = Open(folder.Path);
        foreach (var step in run.Steps(steps))
        {
            run.Report("loss", step);
            if (step + 1 == stopAt)
                run.RequestStop("enough");
        }

        run.Finish();
    }

    private TrainingRun Open(string path, SaveSchedule? schedule = null)
    {
        var run = TrainingRun.Open(path, new() { Save = schedule ?? SaveSchedule.Never, WhenStillSaving = WhenStillSaving.Wait, Keep = Retention.KeepAll, Logger = log });
        run.Track("model", TestPart.Model(1));
        return run;
    }

    private List<MetricReport> Read(int attempt)
    {
        using var reader = new StreamReader(new FileStream(AttemptFiles.Metrics(folder.Path, attempt), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return [.. reader.ReadToEnd().Split('\n').Select(line => MetricReport.Read(System.Text.Encoding.UTF8.GetBytes(line))).OfType<MetricReport>()];
    }

    private List<string> Reports(int attempt) => [.. Read(attempt).Select(report => $"{report.Step} {report.Metric} {report.Value}")];
}
