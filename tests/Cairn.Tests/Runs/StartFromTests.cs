using Cairn.Checkpoints;
using Cairn.Tests.Checkpoints;

namespace Cairn.Tests.Runs;

/// <summary>Runs that begin with what another run, or anybody, has left; and parts that a checkpoint may lack.</summary>
public sealed class StartFromTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ListLogger log = new();

    private string Source => folder["source"];

    private string Own => folder["own"];

    private string Messages => string.Join('\n', log.Messages);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Named_parts_are_loaded_the_steps_begin_at_0_and_the_first_checkpoint_says_where_from()
    {
        SaveSource(10, 20);
        var (model, head) = (TestPart.Model(1), TestPart.Model(2));

        using (var run = Open(new(Source, "model"), ("model", model), ("head", head)))
        {
            Assert.Equal(0, run.Restore());
            Assert.True(model.IsModelOf(20));
            Assert.True(head.IsModelOf(2));
            foreach (var step in run.Steps(4))
                Assert.InRange(step, 0, 3);
            Assert.Equal(0, run.Finish());
        }

        Assert.Contains($"starts at step 0 with part 'model' (as the program made them: 'head') from {Source}/step-0000000020", Messages, StringComparison.Ordinal);
        Assert.Contains($"\"started_from\":\"{Source}/step-0000000020\"", File.ReadAllText(folder["own", "attempts", "0001.jsonl"]), StringComparison.Ordinal);
        Assert.Equal([true, false], Directory.GetDirectories(Own, "step-*").Order().Select(one => File.ReadAllText(Path.Combine(one, "checkpoint.json")).Contains("cairn.started_from", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(10L, null, 10)]
    [InlineData(null, "loss", 20)]
    public void A_step_or_the_best_is_chosen(long? step, string? metric, long expected)
    {
        SaveSource(10, 20, 30);
        var model = TestPart.Model(1);
        using var run = Open(new(Source, "model") { Step = step, Metric = metric }, ("model", model));
        run.Restore();
        Assert.True(model.IsModelOf(expected));
    }

    [Fact]
    public void Without_names_all_is_loaded_and_the_steps_go_on()
    {
        SaveSource(10, 20);
        var model = TestPart.Model(1);
        using (var run = Open(new(Source), ("model", model)))
        {
            Assert.Equal(20, run.Restore());
            Assert.True(model.IsModelOf(20));
            foreach (var step in run.Steps(22))
                Assert.InRange(step, 20, 21);
            Assert.Equal(0, run.Finish());
        }

        Assert.Contains($"begins at step 20 with all of {Source}/step-0000000020", Messages, StringComparison.Ordinal);
        Assert.Equal(["step-0000000022"], Steps());
    }

    [Fact]
    public void Where_no_step_is_left_to_do_the_state_is_the_runs_own_all_the_same()
    {
        SaveSource(20);
        using var run = Open(new(Source), ("model", TestPart.Model(1)));
        foreach (var step in run.Steps(20))
            Assert.Fail($"step {step} was done by the other run");
        Assert.Equal(RunOutcomeKind.Finished, run.Finish().Kind);
        Assert.Equal(["step-0000000020"], Steps());
    }

    [Fact]
    public void Once_the_run_has_a_checkpoint_of_its_own_the_source_is_not_looked_at()
    {
        SaveSource(20);
        using (var run = Open(new(Source, "model"), ("model", TestPart.Model(1))))
        {
            foreach (var step in run.Steps(3))
                run.SaveAtBoundary();
            Assert.Equal(0, run.Finish());
        }

        Directory.Delete(Source, recursive: true);
        var model = TestPart.Model(1);
        using var again = Open(new(Source, "model"), ("model", model));
        var done = again.Restore();
        Assert.Equal(3, done);
        Assert.True(model.IsModelOf(20)); // what was saved: nothing changes it here
    }

    [Fact]
    public void A_kill_in_the_middle_of_the_first_save_begins_anew_with_the_very_same_and_then_never_again()
    {
        Assert.Equal(0, Trainer.Run(Source, 20).ExitCode);
        var whole = Trainer.Run(folder["whole"], 30, "--start-from", Source);
        Assert.Equal(0, whole.ExitCode);

        // The weights count the steps of both runs.
        using (var cut = Trainer.Start(Own, 30, "--start-from", Source, "--signal-in-save", "KILL", "--at", "30"))
            Assert.NotEqual(0, cut.WaitForEnd().ExitCode);
        Assert.Empty(Steps());
        Assert.Equal(0, Trainer.Run(Source, 40).ExitCode);

        using (var second = Trainer.Start(Own, 30, "--start-from", Source, "--delay", "300", "--save-mode", "Synchronous")) // however late the kill comes
        {
            second.WaitForMessage("step-0000000020");
            second.WaitFor("step 15");
            second.Signal("KILL");
            second.WaitForEnd();
        }

        Assert.NotEmpty(Steps());
        Directory.Delete(Source, recursive: true);
        var (exitCode, lines, messages) = Trainer.Run(Own, 30, "--start-from", Source);
        Assert.True(exitCode == 0, messages);
        Assert.Equal(whole.Lines[^1], lines[^1]);
    }

    [Fact]
    public void Where_the_one_that_it_began_with_is_gone_another_is_taken_and_that_is_said()
    {
        SaveSource(10, 20);
        using (var run = Open(new(Source, "model"), ("model", TestPart.Model(1))))
            run.Restore();
        Directory.Delete(Path.Combine(Source, "step-0000000020"), recursive: true);
        var model = TestPart.Model(1);
        using (var run = Open(new(Source, "model"), ("model", model)))
            run.Restore();
        Assert.True(model.IsModelOf(10));
        Assert.Contains("which is gone, and has left no checkpoint: this one begins with", Messages, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10L, null, MetricGoal.Minimize, 20L, null, MetricGoal.Minimize, 20)]
    [InlineData(10L, null, MetricGoal.Minimize, null, null, MetricGoal.Minimize, 30)]
    [InlineData(10L, null, MetricGoal.Minimize, null, "loss", MetricGoal.Minimize, 20)]
    [InlineData(null, "loss", MetricGoal.Minimize, null, "loss", MetricGoal.Maximize, 30)]
    [InlineData(null, "loss", MetricGoal.Minimize, null, "step", MetricGoal.Minimize, 10)]
    [InlineData(null, "loss", MetricGoal.Minimize, null, null, MetricGoal.Minimize, 30)]
    public void Where_the_program_asks_for_another_one_than_an_attempt_before_it_is_that_one(
        long? step, string? metric, MetricGoal goal, long? stepNow, string? metricNow, MetricGoal goalNow, long expected)
    {
        SaveSource(10, 20, 30);
        using (var run = Open(new(Source, "model") { Step = step, Metric = metric, Goal = goal }, ("model", TestPart.Model(1))))
            run.Restore();
        var model = TestPart.Model(1);
        using (var run = Open(new(Source, "model") { Step = stepNow, Metric = metricNow, Goal = goalNow }, ("model", model)))
            run.Restore();
        Assert.True(model.IsModelOf(expected));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("loss")]
    public void Where_it_asks_in_the_same_way_it_begins_with_the_same_one_though_that_run_has_gone_on(string? metric)
    {
        SaveSource(10, 20);
        using (var run = Open(new(Source, "model") { Metric = metric }, ("model", TestPart.Model(1))))
            run.Restore();
        using (var store = Stores.At(Source))
            store.SaveModel(30, 1, new Dictionary<string, PartValue> { ["loss"] = PartValue.From(0.5) });
        var model = TestPart.Model(1);
        using (var run = Open(new(Source, "model") { Metric = metric }, ("model", model)))
            run.Restore();
        Assert.True(model.IsModelOf(20));
    }

    [Fact]
    public void What_begins_as_it_is_is_named()
    {
        SaveSource(20);
        var head = new float[] { 1, 2 };
        var (weight, part) = (new float[120], new TestPart());
        part.Tensors.Add(PartTensor.Of("body.weight", DType.Float32, weight, 12, 10));
        part.Tensors.Add(PartTensor.Of("head.weight", DType.Float32, head));
        using var run = Open(new(Source, "model") { SavedName = name => name.StartsWith("head.", StringComparison.Ordinal) ? null : name["body.".Length..], Strict = false }, ("model", part));

        run.Restore();

        Assert.Equal((20000f, 1f), (weight[0], head[0]));
        Assert.Contains("starts at step 0 with 1 tensors of part 'model' (head.weight as the program made it), without its values (count, rate) from", Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plain_value_is_loaded_whatever_is_said_of_tensors()
    {
        var counter = 0L;
        using (var run = TrainingRun.Open(Source, new() { Logger = log }))
        {
            run.Track("counter", () => counter, value => counter = value);
            foreach (var step in run.Steps(7))
                counter++;
            run.Finish();
        }

        counter = 0;
        using (var run = TrainingRun.Open(Own, new() { Logger = log, StartFrom = new(Source, "counter") { Strict = false } }))
        {
            run.Track("counter", () => counter, value => counter = value);
            Assert.Equal(0, run.Restore());
        }

        Assert.Equal(7, counter);
    }

    [Fact]
    public void A_safetensors_file_serves_as_well()
    {
        SaveSource(20);
        using (var checkpoint = Checkpoint.OpenNewest(Source))
            checkpoint.Export("model", folder["model.safetensors"]);
        var (model, other) = (TestPart.Model(1), TestPart.Model(2));
        using (var run = Open(new(folder["model.safetensors"], "model"), ("model", model), ("other", other)))
        {
            Assert.Equal(0, run.Restore());
            foreach (var step in run.Steps(2))
                Assert.InRange(step, 0, 1);
            Assert.Equal(0, run.Finish());
        }

        Assert.Equal(TestPart.Model(20).Bytes(), model.Bytes());
        Assert.True(other.IsModelOf(2));
        Assert.Contains($"starts at step 0 with 3 tensors of part 'model' (as the program made them: 'other') from {folder["model.safetensors"]}", Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_there_or_contradicts_itself_is_an_error_before_anything_is_touched()
    {
        SaveSource(20);
        File.WriteAllText(folder["model.pt"], "PK\u0003\u0004 and so on");
        Directory.CreateDirectory(folder["empty"]);
        Assert.Equal($"there is no checkpoint in {folder["empty"]}", Refused<NoValidCheckpointException>(new(folder["empty"], "model")));
        Assert.Contains($"there is no folder {folder["nowhere"]}", Refused<NoValidCheckpointException>(new(folder["nowhere"], "model")), StringComparison.Ordinal);
        Assert.Contains($"there is no folder {folder["nowhere"]}", Refused<NoValidCheckpointException>(new(folder["nowhere"], "model") { Metric = "loss" }), StringComparison.Ordinal);
        Assert.Contains($"there is no folder {folder["nowhere"]}", Refused<ArgumentException>(new(folder["nowhere"], "model") { Step = 20 }), StringComparison.Ordinal);
        Assert.Contains("there is no file", Refused<FileNotFoundException>(new(folder["nothing.safetensors"], "model")), StringComparison.Ordinal);
        Assert.Contains("weights_only=True", Refused<CheckpointCorruptException>(new(folder["model.pt"], "model")), StringComparison.Ordinal);
        Assert.Contains("there are 20", Refused<ArgumentException>(new(Source, "model") { Step = 21 }), StringComparison.Ordinal);
        Assert.Contains("has the metric 'acc'", Refused<ArgumentException>(new(Source, "model") { Metric = "acc" }), StringComparison.Ordinal);
        Assert.Contains("names part 'modell', which is not tracked; tracked are model", Refused<ArgumentException>(new(Source, "modell")), StringComparison.Ordinal);
        Assert.Contains("run's own folder", Refused<ArgumentException>(new(Own + "/", "model")), StringComparison.Ordinal);
        Assert.Contains("give one of them", Refused<ArgumentException>(new(Source, "model") { Step = 20, Metric = "loss" }), StringComparison.Ordinal);
        Assert.Contains("are for named parts", Refused<ArgumentException>(new(Source) { Strict = false }), StringComparison.Ordinal);
        Assert.Contains("say which", Refused<ArgumentException>(new(folder["model.pt"])), StringComparison.Ordinal);
        Assert.Contains("weight is not in the checkpoint as x", Refused<CheckpointMismatchException>(new(Source, "model") { SavedName = _ => "x" }).Replace(" (float32 [12, 10])", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_that_the_source_lacks_is_named_with_those_that_it_has()
    {
        SaveSource(20);
        using var run = Open(new(Source, "model", "head"), ("model", TestPart.Model(1)), ("head", TestPart.Model(2)));
        Assert.Contains("has no part 'head'; it has model", Assert.Throws<ArgumentException>(() => run.Restore()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_source_is_refused_by_name()
    {
        SaveSource(20);
        Damage.FlipBit(Path.Combine(Source, "step-0000000020", "model.safetensors"), 4096 + 100);
        using var run = Open(new(Source, "model"), ("model", TestPart.Model(1)));
        Assert.Contains("tensor 'weight'", Assert.Throws<CheckpointCorruptException>(() => run.Restore()).Message, StringComparison.Ordinal);
        Assert.Empty(Steps());
    }

    [Fact]
    public void An_optional_part_may_be_missing_on_either_side_and_that_is_said()
    {
        using (var run = Open(null, ("model", TestPart.Model(1)), ("old", TestPart.Model(2))))
            TrainOne(run, 1);

        var (model, counter) = (TestPart.Model(5), TestPart.Model(6));
        using (var strict = Open(null, ("model", model), ("new", counter)))
        {
            var error = Assert.Throws<CheckpointMismatchException>(() => strict.Restore());
            Assert.Equal(["new: is not in the checkpoint", "old: is in the checkpoint, but not in the program"], error.Differences);
            Assert.Contains("TrainingRunOptions.OptionalParts", error.Message, StringComparison.Ordinal);
            Assert.True(model.IsModelOf(5));
        }

        using (var run = Open(null, ["new", "old", "never"], ("model", model), ("new", counter)))
        {
            Assert.Equal(1, run.Restore());
            Assert.True(model.IsModelOf(1));
            Assert.True(counter.IsModelOf(6));
            TrainOne(run, 2);
        }

        Assert.Contains("Warning part 'new' is not in", Messages, StringComparison.Ordinal);
        Assert.Contains("is not tracked any more: checkpoints from now on are without it", Messages, StringComparison.Ordinal);
        Assert.Contains("OptionalParts names 'never', which is neither tracked nor in", Messages, StringComparison.Ordinal);
        using (var checkpoint = Checkpoint.OpenNewest(Own))
            Assert.Equal(["model", "new"], checkpoint.Parts.Select(part => part.Name).Order());
    }

    private static void TrainOne(TrainingRun run, long steps)
    {
        foreach (var step in run.Steps(steps))
            Assert.Equal(steps - 1, step);
        Assert.Equal(0, run.Finish());
    }

    private string Refused<T>(StartFrom from)
        where T : Exception
    {
        var model = TestPart.Model(1);
        using var run = Open(from, ("model", model));
        var error = Assert.Throws<T>(() => run.Restore());
        Assert.True(model.IsModelOf(1));
        return error.Message;
    }

    private string[] Steps() => Directory.Exists(Own) ? [.. Directory.GetDirectories(Own, "step-*").Select(path => Path.GetFileName(path)).Order()] : [];

    private TrainingRun Open(StartFrom? from, params (string Name, ICheckpointPart Part)[] parts) => Open(from, [], parts);

    private TrainingRun Open(StartFrom? from, string[] optional, params (string Name, ICheckpointPart Part)[] parts)
    {
        var run = TrainingRun.Open(Own, new() { Logger = log, StartFrom = from, OptionalParts = optional, Save = SaveSchedule.EverySteps(2) });
        foreach (var (name, part) in parts)
            run.Track(name, part);
        return run;
    }

    private void SaveSource(params long[] steps)
    {
        using var store = Stores.At(Source);
        foreach (var step in steps)
            store.SaveModel(step, 1, new Dictionary<string, PartValue> { ["loss"] = PartValue.From(step == 20 ? 1.0 : 2.0), ["step"] = PartValue.From((double)step) });
    }
}
