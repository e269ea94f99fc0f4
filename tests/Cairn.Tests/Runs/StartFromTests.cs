using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Tests.Checkpoints;
using Microsoft.Extensions.Logging;

namespace Cairn.Tests.Runs;

/// <summary>A run that begins with another run's checkpoint, and parts that a checkpoint may lack.</summary>
public sealed class StartFromTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ListLogger log = new();
    private readonly long[] weights = new long[4];
    private readonly long[] head = new long[2];
    private long counter;

    private string Messages => string.Join('\n', log.Messages);

    [Fact]
    public void Named_parts_are_loaded_and_the_steps_begin_at_0()
    {
        Pretrain(steps: 7);
        using (var run = Tune(new(At("pretrained"), "weights")))
        {
            Assert.Equal(0, run.Restore());
            Assert.Equal((7, 0), (weights[0], counter));
            Train(run, 3);
        }

        Assert.Equal((10, 3), (weights[0], counter));
        Assert.Contains($"starts at step 0 with part 'weights' from {At("pretrained/step-0000000007")}", Messages, StringComparison.Ordinal);
        Assert.Equal(At("pretrained/step-0000000007"), Began(1).StartedFrom);
        Assert.Null(Began(1).Checkpoint);
    }

    [Fact]
    public void Once_the_run_has_a_checkpoint_of_its_own_the_other_one_is_not_looked_at()
    {
        Pretrain(steps: 7);
        using (var run = Tune(new(At("pretrained"), "weights")))
            Train(run, 5, stopAfter: 2);
        Directory.Delete(At("pretrained"), recursive: true);
        weights[0] = -1;
        using (var run = Tune(new(At("pretrained"), "weights")))
        {
            Assert.Equal(2, run.Restore());
            Assert.Equal(9, weights[0]);
        }

        Assert.Null(Began(2).StartedFrom);
    }

    [Fact]
    public void An_attempt_that_left_nothing_begins_again_with_the_very_same()
    {
        Pretrain(steps: 7);
        using (var run = Tune(new(At("pretrained"), "weights")))
            run.Restore();
        Pretrain(steps: 9);
        weights[0] = -1;
        using (var run = Tune(new(At("pretrained"), "weights")))
            run.Restore();
        Assert.Equal(7, weights[0]);
        Directory.Delete(At("pretrained/step-0000000007"), recursive: true);
        using (var run = Tune(new(At("pretrained"), "weights")))
            run.Restore();
        Assert.Equal(9, weights[0]);
        Assert.Contains("which is gone, and has left no checkpoint: this one begins with", Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_are_renamed_left_out_and_left_as_they_are()
    {
        Pretrain(steps: 7);
        var fresh = new TestPart { Tensors = [Tensor("body", weights), Tensor("other", head)] };
        using (var run = TrainingRun.Open(At("tuned"), new() { Logger = log, StartFrom = new(At("pretrained"), "both") { SavedName = name => name == "body" ? "weights" : null, Strict = false } }))
        {
            run.Track("both", fresh);
            Array.Clear(weights);
            (head[0], head[1]) = (5, 6);
            run.Restore();
        }

        Assert.Equal((7, 5), (weights[0], head[0]));
        Assert.Contains("starts at step 0 with 1 tensors of part 'both' (other as the program made it) from", Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_listed_and_nothing_is_touched()
    {
        Pretrain(steps: 7);
        using var run = TrainingRun.Open(At("tuned"), new() { Logger = log, StartFrom = new(At("pretrained"), "weights", "both") });
        var mine = new long[4];
        run.Track("weights", mine);
        run.Track("both", new TestPart { Tensors = [Tensor("weights", new long[3])] });
        var error = Assert.Throws<CheckpointMismatchException>(() => run.Restore());
        Assert.Contains("both: weights is int64 [3], in the checkpoint int64 [4]", error.Differences);
        Assert.Contains("both: head (int64 [2]) is in the checkpoint, but not in the program", error.Differences);
        Assert.Equal(0, mine[0]);
        Assert.Contains("StartFrom.SavedName", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_names_all_is_taken_and_the_steps_go_on_from_an_older_one()
    {
        Pretrain(steps: 9, saveEvery: 3);
        StartFrom from = new(At("pretrained")) { Step = 6 };
        using (var run = Continue("again", from))
        {
            Assert.Equal(6, run.Restore());
            Assert.Equal((6, 6), (weights[0], counter));
            Train(run, 8);
        }

        Assert.Equal((8, 8), (weights[0], counter));
        Assert.Contains($"begins at step 6 with all of {At("pretrained/step-0000000006")}", Messages, StringComparison.Ordinal);
        Assert.Equal([8L], Checkpoint.List(At("again")).Select(one => one.Step));
        Assert.Equal([9L, 6L, 3L], Checkpoint.List(At("pretrained")).Select(one => one.Step));
    }

    [Fact]
    public void Where_there_is_no_step_left_to_do_the_state_becomes_the_runs_own()
    {
        Pretrain(steps: 9);
        using (var run = Continue("again", new(At("pretrained"))))
            Train(run, 9);
        Assert.Equal([9L], Checkpoint.List(At("again")).Select(one => one.Step));
    }

    [Fact]
    public void The_best_by_a_metric_is_taken()
    {
        Pretrain(steps: 9, saveEvery: 3);
        using var run = Tune(new(At("pretrained"), "weights") { Metric = "loss", Best = Best.Highest });
        run.Restore();
        Assert.Equal(3, weights[0]);
    }

    [Theory]
    [InlineData("nowhere", "weights", null, "there is no checkpoint in")]
    [InlineData("pretrained", "weights", 5L, "there is no checkpoint of step 5 in")]
    [InlineData("pretrained", "wieghts", null, "StartFrom names part 'wieghts', which is not tracked; tracked are weights, counter")]
    [InlineData("tuned", "weights", null, "StartFrom names the run's own folder")]
    public void What_cannot_be_begun_with_is_refused(string where, string part, long? step, string expected)
    {
        Pretrain(steps: 7);
        using var run = Tune(new(At(where), part) { Step = step });
        Assert.Contains(expected, Assert.ThrowsAny<Exception>(() => run.Restore()).Message, StringComparison.Ordinal);
        Assert.Equal(0, Began(1, mayMiss: true)?.Step ?? 0);
    }

    [Fact]
    public void A_damaged_source_refuses_the_start()
    {
        Pretrain(steps: 7);
        var file = Directory.GetFiles(At("pretrained/step-0000000007"), "weights*.safetensors").Single();
        var bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        using var run = Tune(new(At("pretrained"), "weights"));
        Assert.Throws<CheckpointCorruptException>(() => run.Restore());
    }

    [Fact]
    public void An_optional_part_may_be_new_or_gone_and_that_is_said()
    {
        using (var run = TrainingRun.Open(At("run"), new() { Logger = log }))
        {
            run.Track("weights", weights);
            run.Track("old", () => 5L, _ => { });
            Train(run, 5, stopAfter: 2);
        }

        using (var run = TrainingRun.Open(At("run"), new() { Logger = log }))
        {
            run.Track("weights", weights);
            run.Track("counter", () => counter, value => counter = value);
            var error = Assert.Throws<CheckpointMismatchException>(() => run.Restore());
            Assert.Contains("TrainingRunOptions.OptionalParts", error.Message, StringComparison.Ordinal);
        }

        log.Messages.Clear();
        counter = 100;
        using (var run = TrainingRun.Open(At("run"), new() { Logger = log, OptionalParts = ["counter", "old", "mistyped"] }))
        {
            run.Track("weights", weights);
            run.Track("counter", () => counter, value => counter = value);
            Assert.Equal(2, run.Restore());
            Assert.Equal(100, counter);
            Train(run, 5, stopAfter: 2);
        }

        Assert.Contains("part 'counter' is not in", Messages, StringComparison.Ordinal);
        Assert.Contains("part 'old' of", Messages, StringComparison.Ordinal);
        Assert.Contains("OptionalParts names 'mistyped'", Messages, StringComparison.Ordinal);
        counter = 0;
        using (var run = TrainingRun.Open(At("run"), new() { Logger = log }))
        {
            run.Track("weights", weights);
            run.Track("counter", () => counter, value => counter = value);
            Assert.Equal(4, run.Restore());
            Assert.Equal(102, counter);
        }
    }

    public void Dispose() => folder.Dispose();

    private static PartTensor Tensor(string name, long[] data) => PartTensor.Of(name, DType.Int64, data);

    private string At(string name) => Path.Combine(folder.Path, name);

    private Resumed Began(int attempt) => Began(attempt, mayMiss: false)!;

    private Resumed? Began(int attempt, bool mayMiss)
    {
        var events = JournalFile.ReadAll(Path.Combine(At("tuned"), "attempts", $"{attempt:0000}.jsonl")).OfType<Resumed>().ToList();
        return mayMiss ? events.SingleOrDefault() : events.Single();
    }

    private void Pretrain(int steps, int saveEvery = 1000)
    {
        Array.Clear(weights);
        counter = 0;
        using (var run = TrainingRun.Open(At("pretrained"), new() { Logger = log, Save = SaveSchedule.EverySteps(saveEvery), SaveMode = SaveMode.Synchronous, Keep = Retention.KeepLast(100) }))
        {
            run.Track("weights", weights);
            run.Track("counter", () => counter, value => counter = value);
            run.Track("both", new TestPart { Tensors = [Tensor("weights", weights), Tensor("head", head)] });
            Train(run, steps);
        }

        Array.Clear(weights);
        counter = 0;
        log.Messages.Clear();
    }

    private TrainingRun Tune(StartFrom from)
    {
        var run = TrainingRun.Open(At("tuned"), new() { Logger = log, StartFrom = from });
        run.Track("weights", weights);
        run.Track("counter", () => counter, value => counter = value);
        return run;
    }

    private TrainingRun Continue(string name, StartFrom from)
    {
        var run = TrainingRun.Open(At(name), new() { Logger = log, StartFrom = from });
        run.Track("weights", weights);
        run.Track("counter", () => counter, value => counter = value);
        run.Track("both", new TestPart { Tensors = [Tensor("weights", new long[4]), Tensor("head", head)] });
        return run;
    }

    private void Train(TrainingRun run, int steps, int? stopAfter = null)
    {
        var done = 0;
        foreach (var step in run.Steps(steps))
        {
            weights[0]++;
            counter++;
            run.Report("loss", 10 - step);
            if (++done == stopAfter)
                run.RequestStop("enough");
        }

        run.Finish();
    }
}
