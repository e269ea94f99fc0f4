using Cairn.Attempts;
using Cairn.Tests.Runs;

namespace Cairn.Tests.Attempts;

public class AttemptTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static AttemptStarted Claim(string? job = null, int restarts = 0, int attempt = 1) =>
        new(Now, attempt, job, restarts, null, 1, new ProcessIdentity("n1", "boot", 42, 7), "train", "0.1.0");

    private static AttemptClaim Take(string folder) => AttemptClaim.Take(folder, AttemptStory.ReadAll(folder), attempt => Claim(attempt: attempt));

    [Fact]
    public void Claims_take_the_next_number_and_the_older_one_notices()
    {
        using var folder = new TemporaryFolder();
        using var first = Take(folder.Path);
        Assert.False(first.IsSuperseded());
        using var second = Take(folder.Path);
        Assert.Equal((1, 2), (first.Number, second.Number));
        Assert.True(first.IsSuperseded());
        Assert.False(second.IsSuperseded());
        Assert.Throws<SupersededException>(first.ThrowIfSuperseded);
    }

    [Fact]
    public void Two_that_claim_at_the_same_moment_do_not_both_get_the_number()
    {
        using var folder = new TemporaryFolder();
        var seen = AttemptStory.ReadAll(folder.Path);
        using var first = AttemptClaim.Take(folder.Path, seen, attempt => Claim(attempt: attempt));
        var error = Assert.Throws<FolderInUseException>(() => AttemptClaim.Take(folder.Path, seen, attempt => Claim(attempt: attempt)));
        Assert.Contains(folder.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_journal_reads_back_as_it_was_written_and_survives_a_line_cut_off()
    {
        using var folder = new TemporaryFolder();
        JournalEvent[] written =
        [
            new FolderTaken(Now, 40),
            new Resumed(Now, 40, "step-0000000040", 1234, 0.5, [], [], Now.AddHours(1)),
            new Saved(Now, 50, "schedule", 1234, 0.25, 0.5),
            new SaveFailed(Now, 60, "schedule", "no space left"),
            new Interrupted(Now, "Warning", "USR2", "USR2 from pid 1", null),
            new Stopped(Now, 61, 61, "Warning", "Requeue", "because"),
            new Finished(Now, 200, 200),
        ];
        using (var claim = AttemptClaim.Take(folder.Path, [], attempt => Claim("17_3", 2, attempt)))
        {
            foreach (var entry in written)
                claim.Journal.Write(entry);
            claim.Journal.MakeDurable();
        }

        var path = AttemptFiles.Journal(folder.Path, 1);
        File.AppendAllText(path, """{"event":"saved","time":"2026-01-02T03:0""");
        var story = Assert.Single(AttemptStory.ReadAll(folder.Path));
        Assert.Equal(1 + written.Length, story.Events.Count);
        Assert.Equal("17_3", story.Claim!.Job);
        Assert.Equal(40, story.Taken!.NewestCheckpoint);
        Assert.Equal(new Saved(Now, 50, "schedule", 1234, 0.25, 0.5), story.Events[3]);
        Assert.Equal(200, story.Finished!.Planned);
        Assert.False(story.Ended);
        Assert.Equal(1 + written.Length + 1, File.ReadLines(path).Count());
    }

    [Fact]
    public void Infinite_metrics_can_be_journaled()
    {
        using var folder = new TemporaryFolder();
        using var claim = Take(folder.Path);
        claim.Journal.Write(new Progress(Now, 1, 1, 0.1, 0, 0.1, new Dictionary<string, double> { ["loss"] = double.PositiveInfinity, ["acc"] = double.NaN }));
        var progress = Assert.IsType<Progress>(Assert.Single(AttemptStory.ReadAll(folder.Path)).Events[^1]);
        Assert.Equal(double.PositiveInfinity, progress.Metrics!["loss"]);
        Assert.True(double.IsNaN(progress.Metrics["acc"]));
    }

    public static TheoryData<string?, int, bool, string?, int, bool?, bool?, bool?, string?> Obstacles => new()
    {
        // previous: job, restarts, ended; this: job, restarts; its process runs; its job runs; its journal shows life; who is in the way
        { null, 0, true, null, 0, true, null, null, null },
        { null, 0, false, null, 0, true, null, null, "process 42 on n1 still runs" },
        { null, 0, false, null, 0, false, null, null, null },
        { null, 0, false, null, 0, null, null, true, "process 42 on n1 still gives signs of life" }, // another machine, no Slurm
        { null, 0, false, null, 0, null, null, false, null },
        { "17", 0, false, "17", 1, true, null, null, null }, // a requeued job goes on, its old processes stop
        { "17", 1, false, "17", 1, true, null, null, "process 42" }, // two steps of one job at once
        { "17", 1, false, "17", 1, false, null, null, null },
        { "17", 1, false, "17", 1, null, null, true, "signs of life" }, // on two nodes
        { "17", 0, false, "18", 0, null, true, null, "job 17" },
        { "17", 0, false, "18", 0, null, false, null, null },
        { "17", 0, false, "18", 0, true, null, null, "process 42" }, // Slurm does not answer
        { "17", 0, false, "18", 0, false, null, null, null },
        { "17", 0, false, "18", 0, null, null, true, "signs of life" },
        { "17", 0, false, "18", 0, null, null, false, null },
        { "17", 0, false, null, 0, null, true, null, "job 17" },
        { "17_1", 0, true, "17_2", 0, null, null, null, "array element 17_1" },
        { "17_1", 0, true, "17_1", 1, null, null, null, null },
    };

    [Theory]
    [MemberData(nameof(Obstacles))]
    public void Who_is_in_the_way(
        string? previousJob, int previousRestarts, bool ended, string? job, int restarts, bool? processRuns, bool? jobRuns, bool? showsLife, string? who)
    {
        var obstacle = PreviousAttempt.Obstacle(
            Claim(previousJob, previousRestarts), ended, job, restarts, _ => processRuns, _ => jobRuns, () => showsLife ?? throw new InvalidOperationException("nothing to watch"));
        if (who is null)
            Assert.Null(obstacle);
        else
            Assert.Contains(who, obstacle, StringComparison.Ordinal);
    }

    [Fact]
    public void A_journal_that_is_touched_shows_life_and_an_old_one_is_not_waited_for()
    {
        using var folder = new TemporaryFolder();
        using var claim = Take(folder.Path);
        var (journal, now) = (AttemptFiles.Journal(folder.Path, 1), TimeProvider.System.GetUtcNow());
        var waits = 0;
        claim.Journal.Touch(now.AddMinutes(-11));
        Assert.False(SignOfLife.IsThere(journal, TimeProvider.System, () => waits++));
        Assert.Equal(0, waits);

        claim.Journal.Touch(now.AddSeconds(-20));
        Assert.True(SignOfLife.IsThere(journal, TimeProvider.System, () =>
        {
            waits++;
            new Thread(() => claim.Journal.Touch(now)).Start();
        }));
        Assert.Equal(1, waits);
        Assert.False(SignOfLife.IsThere(journal, new FastTime(1000), () => waits++));
    }

    [Fact]
    public void A_process_is_known_by_more_than_its_pid()
    {
        var current = ProcessIdentity.Current;
        Assert.True(current.IsRunning());
        Assert.False((current with { StartTicks = current.StartTicks - 1 }).IsRunning());
        Assert.False((current with { Boot = "another" }).IsRunning());
        Assert.Null((current with { Host = "elsewhere" }).IsRunning());
    }
}
