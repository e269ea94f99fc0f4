using System.Globalization;
using Cairn.Attempts;
using Cairn.Tests.Checkpoints;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Runs;

/// <summary>The first boundary of an attempt goes by what those before it measured.</summary>
public class KnownFromBeforeTests
{
    [Fact]
    public void The_journal_has_step_and_save_times_with_their_spread()
    {
        using var folder = new TemporaryFolder();
        Trainer.Run(folder.Path, 20, "--delay", "10");
        var events = AttemptStory.ReadAll(folder.Path).Single().Events;
        var progress = events.OfType<Progress>().First();
        Assert.Equal(10, progress.Steps);
        Assert.InRange(progress.MeanSeconds, 0.01, progress.LongestSeconds);
        Assert.InRange(progress.DeviationSeconds, 0, progress.LongestSeconds);
        Assert.All(events.OfType<Saved>(), saved => Assert.InRange(saved.Seconds, 0, saved.DurableSeconds));
    }

    [Fact]
    public void A_schedule_that_tunes_itself_knows_its_interval_before_the_first_step()
    {
        using var folder = new TemporaryFolder();
        var schedules = new List<string>();
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            var schedule = SaveSchedule.Optimal(TimeSpan.FromHours(12));
            using var run = TrainingRun.Open(folder.Path, new() { Save = schedule, Logger = NullLogger.Instance });
            run.Track("model", TestPart.Model(1));
            foreach (var step in run.Steps(20 * attempt))
            {
                if (step % 20 == 0)
                    schedules.Add(schedule.ToString()!);
                Thread.Sleep(1);
            }

            Assert.Equal(0, run.Finish());
        }

        Assert.StartsWith("after 10 steps", schedules[0], StringComparison.Ordinal);
        Assert.StartsWith("every ", schedules[1], StringComparison.Ordinal);
        var saved = AttemptStory.ReadAll(folder.Path)[0].Events.OfType<Saved>().First();
        Assert.Equal((10, "schedule"), (saved.Step, saved.Reason));
    }

    [Fact]
    public void The_deadline_goes_by_the_longest_save_of_the_attempt_before()
    {
        using var folder = new TemporaryFolder();
        TrainWithALongSave(folder);
        using (var trainer = StartWithTwoMinutesLeft(folder))
        {
            trainer.WaitForEnd();
            Assert.Contains("needs about 2 min 5 s of it for a stop", trainer.Messages, StringComparison.Ordinal);
        }

        // With nothing known the last minute would be kept for a save.
        var story = AttemptStory.ReadAll(folder["checkpoints"])[1];
        var interrupted = story.Events.OfType<Interrupted>().Single();
        Assert.Equal("Deadline", interrupted.Kind);
        Assert.True(interrupted.Deadline - interrupted.Time > TimeSpan.FromSeconds(61), $"{interrupted}");
        Assert.True(story.Events.OfType<Stopped>().Single().SavedStep >= 25); // 25 where its first look comes before the first step
    }

    [Fact]
    public void A_job_of_which_nothing_is_known_keeps_a_guess()
    {
        using var folder = new TemporaryFolder();
        using var trainer = StartWithTwoMinutesLeft(folder);
        trainer.WaitForAnyStep();
        trainer.Signal("USR2");
        trainer.WaitForEnd();
        Assert.Contains("keeps 1 min of it for a stop until a save is measured", trainer.Messages, StringComparison.Ordinal);
        Assert.Empty(AttemptStory.ReadAll(folder["checkpoints"]).Single().Events.OfType<ShortLead>());
    }

    [Fact]
    public void A_warning_that_comes_too_late_for_a_step_and_a_save_is_told_of_then_and_at_the_next_start()
    {
        using var folder = new TemporaryFolder();
        TrainWithALongSave(folder);

        // By the signal, and not by the deadline, which would be too near for a measured margin.
        using (var trainer = StartWithTwoMinutesLeft(folder, delay: 5000, more: ["--margin", "1"]))
        {
            trainer.WaitForAnyStep();
            trainer.Signal("USR2");
            trainer.WaitForEnd();
            Assert.Contains("warning: USR2 came 1 min", trainer.Messages, StringComparison.Ordinal);
            Assert.Contains("and a save (1 min 20 s) need about 2 min 1", trainer.Messages, StringComparison.Ordinal);
        }

        var events = AttemptStory.ReadAll(folder["checkpoints"])[1].Events;
        var lead = events.OfType<ShortLead>().Single();
        Assert.Equal("USR2", lead.Signal);
        Assert.InRange(lead.LeadSeconds, 60, 120);
        Assert.InRange(lead.NeededSeconds, 125, 200);
        Assert.True(events.ToList().IndexOf(lead) < events.ToList().FindIndex(entry => entry is Saved), "it is told before the save, which may not come to its end");

        using (var trainer = StartWithTwoMinutesLeft(folder))
        {
            trainer.WaitForEnd();
            Assert.Contains("warning: in attempt 2 USR2 came 1 min", trainer.Messages, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_long_step_of_an_attempt_before_that_would_not_fit_any_more_is_saved_before()
    {
        using var folder = new TemporaryFolder();
        Trainer.Run(folder["checkpoints"], 25);
        File.AppendAllText(
            AttemptFiles.Journal(folder["checkpoints"], 1),
            """{"event":"progress","time":"2026-01-02T03:04:05+00:00","step":25,"steps":0,"longest_known_seconds":115}""" + "\n"
            + """{"event":"progress","time":"2026-01-02T03:04:05+00:00","step":25,"steps":1,"mean_seconds":0.02,"longest_seconds":0.02,"longest_known_seconds":115}""" + "\n");

        using (var trainer = StartWithTwoMinutesLeft(folder, saveEvery: 1_000_000))
        {
            trainer.WaitForMessage("a step took 1 min 55 s before, and the job ends in 1 min 5");
            trainer.WaitForAnyStep();
            Assert.True(SpinWait.SpinUntil(() => AttemptStory.ReadAll(folder["checkpoints"])[1].Events.OfType<Saved>().Any(), TimeSpan.FromMinutes(1)), trainer.Messages);
            trainer.Signal("KILL"); // as in a long step that does not end in time
            trainer.WaitForEnd();
        }

        var events = AttemptStory.ReadAll(folder["checkpoints"])[1].Events;
        Assert.All(events.OfType<Saved>(), saved => Assert.Equal("long-step", saved.Reason));
        Assert.Equal(115, events.OfType<Progress>().Last().LongestKnownSeconds);
        Assert.Contains("resumes at step", Trainer.Run(folder["checkpoints"], 26).Messages, StringComparison.Ordinal);
    }

    private static void TrainWithALongSave(TemporaryFolder folder)
    {
        Trainer.Run(folder["checkpoints"], 25);
        File.AppendAllText(
            AttemptFiles.Journal(folder["checkpoints"], 1),
            """{"event":"saved","time":"2026-01-02T03:04:05+00:00","step":25,"reason":"last","bytes":4096,"seconds":0.1,"durable_seconds":80}""" + "\n");
    }

    private static Trainer StartWithTwoMinutesLeft(TemporaryFolder folder, int delay = 20, int saveEvery = 10, params string[] more)
    {
        // A job of five minutes whose environment says when it ends, and no scontrol.
        Directory.CreateDirectory(folder["bin"]);
        var end = TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(2);
        return Trainer.StartUnder(
            [
                "/usr/bin/env", "PATH=" + folder["bin"], "SLURM_JOB_ID=17",
                "SLURM_JOB_START_TIME=" + (end - TimeSpan.FromMinutes(5)).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
                "SLURM_JOB_END_TIME=" + end.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ],
            folder["checkpoints"],
            1_000_000,
            ["--delay", delay.ToString(CultureInfo.InvariantCulture), "--save-every", saveEvery.ToString(CultureInfo.InvariantCulture), .. more]);
    }
}
