using Cairn.Attempts;
using Cairn.Cli.Stories;
using static Cairn.Cli.Tests.Stories.Told;

namespace Cairn.Cli.Tests.Stories;

/// <summary>The story of a run from its journals: figures that were worked out by hand.</summary>
public class RunStoryTests
{
    // Died 65 s after the save of step 100, having told of step 150; requeued, waited 125 s, and did 50 of the steps again.
    private static readonly RunStory Killed = Story(
        500,
        Journal(1, 175, Began(0, 1), Resumed(10, 0), Progress(110, 100), Saved(112, 100), Progress(160, 150, 50)),
        Journal(2, 426, Began(300, 2, restarts: 1), Resumed(320, 100), Progress(420, 200), Saved(424, 200, "stop", 4, 4), Stopped(425, 200), Ended(426, "stopped", 200)));

    [Fact]
    public void A_death_loses_the_steps_since_the_last_save_and_the_next_attempt_does_them_again()
    {
        var (first, second) = (Killed.Attempts[0], Killed.Attempts[1]);
        Assert.Equal((0L, 150L, 100L, 150L, 50L, 0L, true), (first.FromStep, first.ToStep, first.KeptStep, first.StepsDone, first.StepsLost, first.StepsRedone, first.IsCutOff));
        Assert.Equal((100L, 200L, 200L, 100L, 0L, 50L, false), (second.FromStep, second.ToStep, second.KeptStep, second.StepsDone, second.StepsLost, second.StepsRedone, second.IsCutOff));
        Assert.Equal((200L, 1000L, 50L, 50L), (Killed.Step, Killed.Planned, Killed.StepsLost, Killed.StepsRedone));
    }

    [Fact]
    public void An_attempts_segments_follow_each_other_from_the_queue_to_its_end()
    {
        Assert.Equal(["Starting 0 10", "Training 10 112", "Lost 112 175"], Lines(Killed.Attempts[0]));
        Assert.Equal(["Queued 175 300", "Starting 300 320", "Redone 320 370", "Training 370 420", "Ending 420 426"], Lines(Killed.Attempts[1]));
    }

    /// <summary>The attempt before ended at 100.5, and this one's program said at 130 that it is there.</summary>
    [Theory]
    [InlineData("18", 50, 110, "Queued 100.5 110|Starting 110 140")] // submitted long before, as a job of a chain is
    [InlineData("18", 105, 110, "Queued 105 110|Starting 110 140")]
    [InlineData("18", 50, 100, "Starting 100.5 140")] // started in the second in which the one before it ended: Slurm tells whole ones
    [InlineData("17", 0, 0, "Starting 100.5 140")] // the same job, which was not given back in between
    [InlineData("18", 50, null, "Queued 100.5 130|Starting 130 140")]
    [InlineData("18", 50, 131, "Queued 100.5 130|Starting 130 140")] // by another clock
    [InlineData("18", null, 110, "Starting 110 140")]
    [InlineData("17", null, null, "Queued 100.5 130|Starting 130 140")]
    [InlineData("18", null, null, "Starting 130 140")]
    public void A_job_waits_until_Slurm_starts_it_and_not_until_its_program_is_there(string job, int? submitted, int? started, string segments)
    {
        var told = submitted is null && started is null ? (JournalEvent[])[] : [new Queued(At(139), Time(submitted), Time(submitted), Time(started))];
        var story = Story(
            500,
            Journal(1, 101, Began(0, 1), Resumed(10, 0), Progress(90, 50), Stopped(99, 50), Ended(100.5, "stopped", 50)),
            Journal(2, 301, [Began(130, 2, job), .. told, Resumed(140, 50), Progress(300, 200), Ended(300, "left", 200)]));
        Assert.Equal(segments, string.Join('|', Lines(story.Attempts[1]).TakeWhile(line => line[0] is 'Q' or 'S')));

        static DateTimeOffset? Time(int? seconds) => seconds is { } known ? At(known) : null;
    }

    [Fact]
    public void Goodput_is_the_share_of_the_held_time_in_which_steps_were_done_that_count()
    {
        Assert.Equal(new TimeSpent(125, 30, 150, 50, 2, 63, 6), Killed.Spent);
        Assert.Equal(301, Killed.Spent.Held);
        Assert.Equal(200.0 / 301, Killed.Spent.Goodput);
        Assert.Null(Story(0).Spent.Goodput);
    }

    [Fact]
    public void The_interval_that_was_stands_beside_the_best_one()
    {
        // Every 100 s, 2 s each; one death in 500 s of held time, and Young's first term √(2·2·500) = 44.7 s.
        var story = Story(
            900,
            Journal(1, 500, Began(0, 1), Resumed(0, 0), Saved(102, 100), Saved(202, 200), Saved(302, 300), Saved(402, 400), Progress(500, 490)));
        var interval = story.Interval;
        Assert.Equal((100d, 2d, 1, 500d), (interval.Seconds, interval.StallSeconds, interval.Deaths, interval.BetweenDeathsSeconds));
        Assert.InRange(interval.BestSeconds!.Value, 42, 44.7);
        Assert.Null(Story(900, Journal(1, 500, Began(0, 1), Resumed(0, 0), Saved(102, 100), Stopped(103, 100), Ended(104, "stopped", 100))).Interval.BestSeconds);
    }

    [Fact]
    public void A_running_attempt_loses_nothing_and_ends_now()
    {
        var story = Story(130, Journal(1, 125, Began(0, 1), Resumed(10, 0), Progress(60, 50), Progress(110, 100)));
        Assert.True(story.Newest!.IsRunning);
        Assert.Equal((130d, 100L, 0L, 1d), (Seconds(story.Newest.Ended), story.Step, story.StepsLost, story.Newest.StepsPerSecond));
        Assert.Equal(["Starting 0 10", "Training 10 130"], Lines(story.Newest));
    }

    [Fact]
    public void A_touch_that_is_not_the_attempts_own_is_not_believed()
    {
        // The folder was copied a day later: its time is the copy's.
        var story = Story(100_000, Journal(1, 90_000, Began(0, 1), Resumed(10, 0), Progress(110, 100)));
        Assert.Equal(("silent", 110d), (story.Newest!.End.State, Seconds(story.Newest.Ended)));

        // What was reported last has a time of its own.
        var reported = Journal(1, 90_000, Began(0, 1), Resumed(10, 0), Saved(112, 100)) with { LastReports = [new(150, "loss", 1, At(160))] };
        Assert.Equal((160d, 50L, 48d), (Seconds(Story(100_000, reported).Newest!.Ended), Story(100_000, reported).StepsLost, Story(100_000, reported).Spent.Lost));
        Assert.Equal(0, Story(100_000, Journal(1, 90_000, Began(0, 1), Resumed(10, 0)), Journal(2, 90_000, Began(500, 2), Resumed(510, 0))).Attempts[0].Spent.Training);
    }

    [Fact]
    public void A_rollback_takes_the_steps_of_all_attempts_beyond_it()
    {
        var story = Story(
            900,
            Journal(1, 104, Began(0, 1), Resumed(0, 0), Progress(100, 100), Saved(102, 100), Stopped(103, 100), Ended(104, "stopped", 100)),
            Journal(2, 304, Began(200, 2), Resumed(200, 100), Progress(300, 200), Saved(302, 200), Stopped(303, 200), Ended(304, "stopped", 200)),
            Journal(3, 400, Began(400, 3), Resumed(400, 50), Ended(400, "rolled-back", 50)),
            Journal(4, 604, Began(500, 4), Resumed(500, 50), Progress(600, 150), Saved(602, 150), Stopped(603, 150), Ended(604, "stopped", 150)));
        Assert.Equal([50L, 100, 0, 0], story.Attempts.Select(attempt => attempt.StepsLost));
        Assert.Equal([0L, 0, 0, 100], story.Attempts.Select(attempt => attempt.StepsRedone));
        Assert.Equal((150L, "rolled-back"), (story.Step, story.Attempts[2].End.State));
    }

    /// <summary>Whatever a journal says: nothing is thrown, nothing negative comes of it, and no more than was held.</summary>
    [Fact]
    public void Nothing_that_a_journal_says_makes_a_figure_that_cannot_be()
    {
        JournalEvent[] wild =
        [
            Began(0, 1), Resumed(-500, long.MinValue), Progress(-9999, long.MaxValue), Saved(5, long.MaxValue, seconds: double.NaN, durable: double.PositiveInfinity, bytes: long.MinValue),
            Saved(double.MaxValue > 1 ? 7 : 0, -3, seconds: -5, durable: 1e300, bytes: long.MaxValue), Progress(20, 7, long.MinValue, double.NaN), new SavesSkipped(At(3), long.MaxValue, 0, 0, 0),
            new SavesSkipped(At(3), long.MaxValue, 0, 0, 0), new Hang(DateTimeOffset.MaxValue, 1, double.NaN, double.NaN, null!), new Stopped(DateTimeOffset.MinValue, 5, null, null!, null!, null!),
        ];
        var story = Story(100, Journal(1, 50, wild), Journal(2, 60, [.. wild.Reverse()]), Journal(3, 70), Journal(4, -1e9, wild));
        foreach (var attempt in story.Attempts)
        {
            Assert.True(attempt.StepsDone >= 0 && attempt.StepsLost >= 0 && attempt.StepsRedone >= 0 && attempt.SkippedSaves >= 0);
            Assert.All(attempt.Segments, segment => Assert.True(segment.To > segment.From));
            Assert.NotEmpty(Why.Of(story, attempt, null, null).Paragraph);
        }

        Assert.True(story.Spent is { Queued: >= 0, Starting: >= 0, Training: >= 0, Redone: >= 0, Saving: >= 0, Lost: >= 0, Ending: >= 0 });
        Assert.False(story.Spent.Goodput > 1);
        Assert.NotNull(RunStatus.Of(story, null, FolderState.Nothing, At(100)));
    }

    private static IEnumerable<string> Lines(StoryAttempt attempt) => attempt.Segments.Select(segment => $"{segment.Kind} {Seconds(segment.From)} {Seconds(segment.To)}");
}
