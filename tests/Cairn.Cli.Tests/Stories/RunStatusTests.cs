using Cairn.Attempts;
using Cairn.Cli.Inspection;
using Cairn.Cli.Stories;
using Cairn.Cli.Stories.Reports;
using Cairn.Cli.Tests.Inspection;
using static Cairn.Cli.Tests.Stories.Told;

namespace Cairn.Cli.Tests.Stories;

/// <summary>Where a run stands, and what is wrong with it: tables.</summary>
public class RunStatusTests
{
    private static readonly JournalEvent[] Begun = [Began(0, 1), Resumed(10, 0, deadline: 3600), Progress(110, 100), Saved(111, 100), Progress(210, 200)];

    public static TheoryData<string, string?, string?, object[]> States => new()
    {
        { "running", null, null, [] },
        { "running", null, "RUNNING", [] },
        { "finished", null, null, [new Finished(At(250), 1000, 1000)] },
        { "waiting", null, null, [Stopped(250, 200)] },
        { "waiting", null, "PENDING", [Stopped(250, 200)] },
        { "starting", null, "RUNNING", [Stopped(250, 200)] },
        { "ended", null, null, [Stopped(250, 200, "Cancelled", "Leave")] },
        { "ended", "attempt 1 ended, and the run is not finished: warned; the requeue failed: no", null, [Stopped(250, 200), new RequeueAnswered(At(251), "Refused", "no")] },
        { "ended", "attempt 1 ended, and the run is not finished: warned, not requeued: given up", null, [Stopped(250, 200, "Warning", "Leave", "given up")] },
        { "ended", "attempt 1 ended, and the run is not finished: left the loop in step 200", null, [Ended(250, "left", 200)] },
        { "running", "the save of step 200 failed: No space left", null, [new SaveFailed(At(250), 200, "schedule", "No space left")] },
        { "running", "the save of step 200 has been writing for 2 min: is the file system well?", null, [new SaveSlow(At(250), 200, 120)] },
        { "running", "no progress for 1 min 30 s (at a barrier): see what it waits for", null, [new Hang(At(250), 200, 80, 1, "at a barrier")] },
        { "running", "USR2 came 5 s before the end, and a step and a save need 20 s: ask for a longer lead (--signal)", null, [new ShortLead(At(250), "USR2", 5, 20)] },
    };

    [Theory]
    [MemberData(nameof(States))]
    public void A_run_is_in_a_state_and_well_unless_something_says_otherwise(string state, string? problem, string? queue, object[] more)
    {
        var story = Story(300, Journal(1, 299, [.. Begun, .. more.Cast<JournalEvent>()]));
        var status = RunStatus.Of(story, queue is null ? null : Queued(queue), FolderState.Nothing, At(300));
        Assert.Equal(state, status.State);
        Assert.Equal(problem is null ? [] : [problem], status.Problems);
    }

    [Fact]
    public void What_is_left_is_reckoned_from_the_newest_rate_and_the_checkpoint_is_as_old_as_its_state()
    {
        var status = RunStatus.Of(Story(300, Journal(1, 299, Begun)), Queued("RUNNING"), new(100, At(112), 1 << 30), At(300));
        Assert.Equal((1, 800, 100L, 109), (status.StepsPerSecond, status.SecondsLeft, status.CheckpointStep, Seconds(status.CheckpointTime)));
        Assert.Equal(At(3600), status.Deadline);
        Assert.Equal("checkpoints, job 17: running, attempt 1, step 200 of 1000, checkpoint 100, 13 min left, ends in 55 min", StatusReport.Line(status, At(300)).Replace("/run/", "", StringComparison.Ordinal));
    }

    [Fact]
    public void No_progress_is_wrong_after_ten_minutes_or_twenty_of_the_longest_steps()
    {
        Assert.Empty(RunStatus.Of(Story(809, Journal(1, 808, Begun)), null, FolderState.Nothing, At(809)).Problems);
        Assert.Equal("no progress for 10 min 1 s: see what it waits for", Assert.Single(RunStatus.Of(Story(811, Journal(1, 810, Begun)), null, FolderState.Nothing, At(811)).Problems));
        var slow = Journal(1, 900, Began(0, 1), Resumed(10, 0), new Progress(At(110), 1, 1, 100, 0, 100, null));
        Assert.Empty(RunStatus.Of(Story(2100, slow with { Changed = At(2099) }), null, FolderState.Nothing, At(2100)).Problems);
    }

    [Fact]
    public void A_disk_that_has_no_room_for_two_checkpoints_and_attempts_that_bring_none_are_wrong()
    {
        var story = Story(300, Journal(1, 299, Begun));
        Assert.Empty(RunStatus.Of(story, null, new(100, null, 2000), At(300)).Problems);
        Assert.Contains("the disk has 2 kB left", Assert.Single(RunStatus.Of(story, null, new(100, null, 1999), At(300)).Problems), StringComparison.Ordinal);
        var fruitless = Story(300, Journal(4, 299, Began(290, 4), new Remembered(At(290), null, null, [2, 3], null, null, 0), Resumed(295, 0)));
        Assert.Contains("the last 2 attempts ended without a new checkpoint", Assert.Single(RunStatus.Of(fruitless, null, FolderState.Nothing, At(300)).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_read_is_not_well_and_nothing_is_guessed_of_it()
    {
        var story = Story(300, Journal(1, 299, Begun), new FoundJournal(new(2, "journal", []), At(299), "Permission denied"));
        var status = RunStatus.Of(story, null, FolderState.Nothing, At(300));
        Assert.Equal(("unknown", "its journal cannot be read: Permission denied"), (status.State, Assert.Single(status.Problems)));
        Assert.Equal(
            "Attempt 2 cannot be told of: its journal cannot be read: Permission denied. See what squeue says, and look again as the one whose run it is, or when the file system answers.",
            Why.Of(story, story.Newest!, null, null).Paragraph);
    }

    [Theory]
    [InlineData("RUNNING", "starting", null)]
    [InlineData("COMPLETED", "ended", null)]
    [InlineData("CANCELLED", "ended", null)]
    [InlineData("FAILED", "ended", "Slurm says FAILED of it (NonZeroExitCode), and no journal of it can be seen: see its log (cairn why 17)")]
    public void A_job_without_a_journal_that_can_be_seen_is_as_Slurm_says(string state, string word, string? problem)
    {
        var status = RunStatus.Of(Story(300), Queued(state) with { Reason = "NonZeroExitCode" }, FolderState.Nothing, At(300));
        Assert.Equal((word, problem), (status.State, status.Problems.SingleOrDefault()));
    }

    /// <summary>On a full disk its journal was made, and nothing could be written into it.</summary>
    [Fact]
    public void An_attempt_that_could_not_say_who_it_is_has_died_of_what_the_one_before_it_told()
    {
        var story = Story(900, Journal(1, 160, Began(0, 1), Resumed(10, 0), Saved(112, 100), Progress(150, 150, 50), new SaveFailed(At(151), 150, "schedule", "No space left on device")), Journal(2, 300));
        var status = RunStatus.Of(story, null, FolderState.Nothing, At(900));
        Assert.Equal(
            ("died", "died at its start", "attempt 2 died at its start, and nobody has started it again: see its log, and submit it again; the save of step 150 failed: No space left on device"),
            (status.State, status.LastStop, string.Join("; ", status.Problems)));
        Assert.EndsWith("At least 50 steps (48 s) were lost: the next attempt goes on from step 100. Attempt 2 followed: died at its start.", Why.Of(story, story.Attempts[0], story.Attempts[1], null).Paragraph, StringComparison.Ordinal);
        Assert.Equal(["n1 1 1 160", " 1 0 0"], NodeUse.Of(story).Select(use => $"{use.Nodes} {use.Attempts} {use.CutOff} {use.Spent.Held}"));
    }

    [Fact]
    public void A_process_that_is_gone_is_wrong()
    {
        var died = Began(0, 1) with { Process = MadeFolder.DeadProcess };
        var status = RunStatus.Of(Story(300, Journal(1, 150, died, Resumed(10, 0))), null, FolderState.Nothing, At(300));
        Assert.Equal(("died", "attempt 1 killed or crashed, and nobody has started it again: see its log, and submit it again"), (status.State, Assert.Single(status.Problems)));
    }

    [Fact]
    public void Prometheus_gets_every_figure_with_labels_that_are_escaped()
    {
        var metrics = new Dictionary<string, double> { ["loss\"\n\\"] = double.NaN, ["\e[31m"] = double.PositiveInfinity };
        var story = RunStory.Of("/run/\"quoted\"", [Journal(1, 299, [.. Begun, Progress(250, 240, metrics: metrics)])], At(300));
        var text = PrometheusText.Of([RunStatus.Of(story, Queued("RUNNING"), new(100, At(112), 1 << 30), At(300))]);
        const string labels = "{folder=\"/run/\\\"quoted\\\"\",job=\"17\"";
        string[] lines = text.Split('\n');
        Assert.Contains($"cairn_run_state{labels},state=\"running\"}} 1", lines);
        Assert.Contains($"cairn_run_well{labels}}} 1", lines);
        Assert.Contains($"cairn_run_step{labels}}} 240", lines);
        Assert.Contains($"cairn_run_planned_steps{labels}}} 1000", lines);
        Assert.Contains($"cairn_run_checkpoint_timestamp_seconds{labels}}} {At(109).ToUnixTimeSeconds()}", lines);
        Assert.Contains($"cairn_run_metric{labels},metric=\"loss\\\"\\n\\\\\"}} NaN", lines);
        Assert.Contains($"cairn_run_metric{labels},metric=\"\\\\u{{1b}}[31m\"}} +Inf", lines);
        Assert.All(lines.Where(line => line.StartsWith("cairn", StringComparison.Ordinal)), line => Assert.Matches("^[a-z_]+\\{.*\\} (NaN|[+-]Inf|-?[0-9.E+-]+)$", line));
    }

    [Theory]
    [InlineData("17_2|RUNNING|1700000000|1700003600|None|/home/me/a|b", "17_2", "RUNNING", 1700000000L, "/home/me/a|b")]
    [InlineData("18_[3-5%2]|PENDING|N/A|NONE|Dependency|/home/me", "18_[3-5%2]", "PENDING", null, "/home/me")]
    public void The_queue_is_read_line_by_line(string line, string id, string state, long? start, string folder)
    {
        var job = Assert.Single(QueuedJob.Parse(line + "\nanother line\n"));
        Assert.Equal((id, state, start, folder), (job.Id, job.State, job.Start?.ToUnixTimeSeconds(), job.WorkFolder));
    }

    private static QueuedJob Queued(string state) => new("17", state, "None", null, null, "/run");
}
