using Cairn.Attempts;
using Cairn.Tests.Checkpoints;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Runs;

/// <summary>Checkpoints that people move and copy between attempts.</summary>
public sealed class MovedCheckpointsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Those_that_were_moved_away_and_back_are_gone_on_from_although_a_start_failed_between()
    {
        Train(40);
        Move(folder["checkpoints"], folder["backup"]);
        Assert.Equal(0, Train(100, failAt: 3));
        Move(folder["backup"], folder["checkpoints"]);
        Assert.Equal(40, Train(100, failAt: 45));
    }

    [Fact]
    public void One_that_was_copied_into_a_folder_in_which_starts_had_failed_is_gone_on_from()
    {
        Train(40);
        Move(folder["checkpoints"], folder["backup"]);
        Directory.Delete(folder["checkpoints", "attempts"], recursive: true);
        for (var attempt = 1; attempt <= 2; attempt++)
            Assert.Equal(0, Train(200, failAt: 3));
        Move(folder["backup"], folder["checkpoints"]);
        Assert.Equal(40, Train(200, failAt: 43));
    }

    [Fact]
    public void What_a_start_from_step_0_has_overtaken_is_named_and_a_refused_start_does_not_stand_in_the_way()
    {
        Train(40);
        Move(folder["checkpoints"], folder["backup"]);
        Assert.Equal(0, Train(100, failAt: 15)); // saves step 10
        Move(folder["backup"], folder["checkpoints"], "step-0000000040");
        Damage.Truncate(folder["checkpoints", "step-0000000010", "checkpoint.json"], 5);
        Assert.Equal(40, Train(100, failAt: 41)); // what is broken claims nothing

        // Attempt 3 left nothing. Mended, attempt 2's claims what is later than its beginning.
        Directory.Delete(folder["checkpoints", "step-0000000010"], recursive: true);
        Stores.At(folder["checkpoints"]).SaveModel(10, attempt: 2);
        Damage.FlipBit(folder["checkpoints", "step-0000000010", "model.safetensors"], 4100);
        var error = Assert.Throws<NoValidCheckpointException>(() => Train(100));
        Assert.Contains("attempt 2 went on from step 0 and has saved since", error.Message, StringComparison.Ordinal);
        Assert.Contains("move step-0000000010 out of the folder", error.Message, StringComparison.Ordinal);

        Move(folder["checkpoints"], folder["10"], "step-0000000010");
        Assert.Equal(40, Train(100, failAt: 41));
    }

    [Fact]
    public void Where_the_journals_are_gone_an_attempts_number_is_never_given_out_again()
    {
        Train(20, failAt: 15);
        Train(40, failAt: 35);
        Directory.Delete(folder["checkpoints", "attempts"], recursive: true);
        Directory.Delete(folder["checkpoints", "step-0000000030"], recursive: true);
        Assert.Equal(20, Train(40));
        Assert.Equal(3, AttemptStory.ReadAll(folder["checkpoints"]).Single().Number);
        Assert.True(Directory.Exists(folder["checkpoints", "step-0000000040"]));
    }

    [Fact]
    public void The_end_of_one_line_of_training_is_not_that_of_another()
    {
        using (var run = Open())
        {
            foreach (var step in run.Steps(12))
                continue;
            Assert.Equal(0, run.Finish());
        }

        Move(folder["checkpoints"], folder["backup"]);
        Assert.Equal(0, Train(20, failAt: 11)); // from the beginning, and saved step 10
        using (var run = Open())
        {
            Assert.Equal(10, run.Restore());
            Assert.False(run.AlreadyFinished);
        }
    }

    /// <summary>Trains to a step, or dies in one.</summary>
    /// <returns>The step that it began with.</returns>
    private long Train(long steps, long failAt = -1)
    {
        using (var run = Open())
        {
            foreach (var step in run.Steps(steps))
            {
                if (step == failAt)
                    break;
            }
        }

        return AttemptStory.ReadAll(folder["checkpoints"])[^1].Events.OfType<Resumed>().Single().Step;
    }

    private TrainingRun Open()
    {
        var run = TrainingRun.Open(folder["checkpoints"], new() { Save = SaveSchedule.EverySteps(10), Keep = Retention.KeepAll, WhenStillSaving = WhenStillSaving.Wait, Logger = NullLogger.Instance });
        run.Track("model", TestPart.Model(1));
        return run;
    }

    private static void Move(string from, string to, string pattern = "step-*")
    {
        Directory.CreateDirectory(to);
        foreach (var path in Directory.GetDirectories(from, pattern))
            Cairn.Posix.PosixDirectory.Rename(path, Path.Combine(to, Path.GetFileName(path)));
    }
}
