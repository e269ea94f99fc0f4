using Cairn.Checkpoints;

namespace Cairn.Tests.Checkpoints;

public sealed class RestoreTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Without_any_checkpoint_there_is_nothing_to_restore()
    {
        Assert.Null(Stores.At(folder["not", "there"]).Restore(TestPart.OnlyModel(0)));
        Directory.CreateDirectory(folder["other"]);
        Directory.CreateDirectory(folder["step-12"]);
        Directory.CreateDirectory(folder["step-00000000012"]);
        Directory.CreateDirectory(folder["step-0000000012.old"]);
        Directory.CreateDirectory(folder["step-99999999999999999999"]);
        Assert.Null(Stores.At(folder.Path).Restore(TestPart.OnlyModel(0)));
    }

    [Fact]
    public void The_newest_is_found_by_number_not_by_text()
    {
        var store = Stores.At(folder.Path);
        foreach (var step in new[] { 9_999_999_999, 12_345_678_901, 2 })
            store.SaveModel(step);

        Assert.Equal([12_345_678_901, 9_999_999_999, 2], store.List().Select(entry => entry.Step));
        Assert.Equal(12_345_678_901, store.Restore(TestPart.OnlyModel(0))!.Step);
    }

    [Fact]
    public void Every_difference_of_every_part_is_in_one_error_and_nothing_is_loaded()
    {
        var store = Stores.At(folder.Path);
        var saved = TestPart.OnlyModel(20);
        saved["old"] = new TestPart();
        store.SaveModel(10);
        store.Save(20, saved, Stores.Attempt(1), Stores.NoMetadata).Wait();
        var model = new TestPart
        {
            Tensors =
            {
                PartTensor.Of("weight", DType.Float32, new float[60], 6, 10),
                PartTensor.Of("extra", DType.Int8, new sbyte[3]),
                PartTensor.Of("bias", DType.Int32, new int[10]),
            },
        };
        var now = new Dictionary<string, ICheckpointPart> { ["model"] = model, ["optimizer"] = new TestPart() };

        var error = Assert.Throws<CheckpointMismatchException>(() => store.Restore(now));

        Assert.Equal(20, error.Step);
        Assert.Equal(
            [
                "model: weight is float32 [6, 10], in the checkpoint float32 [12, 10]",
                "model: extra (int8 [3]) is not in the checkpoint",
                "model: bias is int32 [10], in the checkpoint int64 [10]",
                "model: embedding (int16 [50]) is in the checkpoint, but not in the program",
                "optimizer: is not in the checkpoint",
                "old: is in the checkpoint, but not in the program",
            ],
            error.Differences);
        Assert.All(error.Differences, difference => Assert.Contains(difference, error.Message, StringComparison.Ordinal));
        Assert.Contains("Nothing was loaded", error.Message, StringComparison.Ordinal);
        Assert.False(error.StateTouched);
        Assert.False(model.Restored);
        Assert.Equal(ExitCodes.NeverRequeue, error.ExitCode);
    }

    [Fact]
    public void When_none_is_valid_each_is_named_with_its_reason_and_the_run_does_not_start_from_zero()
    {
        var store = Stores.At(folder.Path);
        store.SaveModel(10);
        store.SaveModel(20);
        Damage.Truncate(folder["step-0000000020", "checkpoint.json"], 0);
        Damage.FlipBit(folder["step-0000000010", "model.safetensors"], 100);

        var error = Assert.Throws<NoValidCheckpointException>(() => store.Restore(TestPart.OnlyModel(0)));

        Assert.Equal([20L, 10L], error.Skipped.Select(one => one.Step));
        Assert.Contains("checkpoint.json", error.Skipped[0].Reason, StringComparison.Ordinal);
        Assert.Contains("model.safetensors", error.Skipped[1].Reason, StringComparison.Ordinal);
        Assert.All(error.Skipped, one => Assert.Contains(one.Path, error.Message, StringComparison.Ordinal));
        Assert.False(error.StateTouched);
        Assert.Equal(ExitCodes.NeverRequeue, error.ExitCode);
    }

    [Fact]
    public void When_the_only_one_is_found_broken_while_it_is_loaded_the_error_says_that_the_state_is_touched()
    {
        Stores.At(folder.Path).SaveModel(10);
        Damage.FlipBit(folder["step-0000000010", "model.safetensors"], 4096);

        var error = Assert.Throws<NoValidCheckpointException>(() => Stores.At(folder.Path).Restore(TestPart.OnlyModel(0)));

        Assert.True(error.StateTouched);
        Assert.Contains("can't be trained on", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_older_one_that_does_not_fit_after_a_broken_newer_one_was_half_loaded_says_that_the_state_is_touched()
    {
        var store = Stores.At(folder.Path);
        store.Save(10, new Dictionary<string, ICheckpointPart> { ["other"] = new TestPart() }, Stores.Attempt(1), Stores.NoMetadata).Wait();
        store.SaveModel(20);
        Damage.FlipBit(folder["step-0000000020", "model.safetensors"], 4096);

        var error = Assert.Throws<CheckpointMismatchException>(() => store.Restore(TestPart.OnlyModel(0)));

        Assert.True(error.StateTouched);
        Assert.DoesNotContain("Nothing was loaded", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_that_swallows_the_error_does_not_make_a_broken_checkpoint_good()
    {
        var store = Stores.At(folder.Path);
        store.SaveModel(10);
        store.SaveModel(20);
        Damage.FlipBit(folder["step-0000000020", "model.safetensors"], 4096);
        var part = new SwallowingPart();

        var outcome = store.Restore(new Dictionary<string, ICheckpointPart> { ["model"] = part });

        Assert.Equal(10, outcome!.Step);
        Assert.True(part.Model.IsModelOf(10));
    }

    [Fact]
    public void A_file_that_shrinks_after_it_was_checked_is_found_and_the_older_one_is_used()
    {
        var store = Stores.At(folder.Path);
        store.SaveModel(10);
        store.SaveModel(20);
        var shrinks = TestPart.Model(0);
        var model = new TestPart
        {
            Tensors = shrinks.Tensors,
            BeforeRead = () => Damage.Truncate(folder["step-0000000020", "model.safetensors"], 4096),
        };

        var outcome = store.Restore(new Dictionary<string, ICheckpointPart> { ["model"] = model });

        Assert.Equal(10, outcome!.Step);
        Assert.Contains("became shorter", Assert.Single(outcome.Skipped).Reason, StringComparison.Ordinal);
        Assert.True(model.IsModelOf(10));
    }

    [Fact]
    public void What_exactness_depends_on_is_compared_as_it_is_after_the_restore()
    {
        var store = Stores.At(folder.Path);
        var saved = new TestPart { Conditions = { ["threads"] = "2", ["torch"] = "2.10", ["device"] = "cpu" } };
        store.Save(1, new Dictionary<string, ICheckpointPart> { ["p"] = saved }, Stores.Attempt(1), Stores.NoMetadata).Wait();
        TestPart now = null!;
        now = new TestPart
        {
            Conditions = { ["threads"] = "8", ["torch"] = "2.11", ["capability"] = "avx2" },
            BeforeRead = () => now.Conditions["threads"] = "2",
        };

        var outcome = store.Restore(new Dictionary<string, ICheckpointPart> { ["p"] = now });

        Assert.Equal(
            [new("capability", null, "avx2"), new("device", "cpu", null), new("torch", "2.10", "2.11")],
            outcome!.ConditionChanges);
    }

    [Fact]
    public void Two_parts_may_state_the_same_condition_differently()
    {
        var store = Stores.At(folder.Path);
        Dictionary<string, ICheckpointPart> Parts(string second) => new()
        {
            ["a"] = new TestPart { Conditions = { ["device"] = "cpu" } },
            ["b"] = new TestPart { Conditions = { ["device"] = second } },
        };
        store.Save(1, Parts("cuda"), Stores.Attempt(1), Stores.NoMetadata).Wait();

        Assert.Empty(store.Restore(Parts("cuda"))!.ConditionChanges);
        Assert.Equal([new("device (b)", "cuda", null)], store.Restore(Parts("cpu"))!.ConditionChanges);
    }

    [Fact]
    public void A_tensor_can_be_read_apart_before_anything_is_overwritten()
    {
        var store = Stores.At(folder.Path);
        store.SaveModel(10);
        var part = new PeekingPart();

        store.Restore(new Dictionary<string, ICheckpointPart> { ["model"] = part });

        Assert.Equal(TestPart.BytesOf(TestPart.Model(10).Tensors[1]), part.Bias);
    }

    private sealed class SwallowingPart : ICheckpointPart
    {
        public TestPart Model { get; } = TestPart.Model(0);

        public PartState Describe() => Model.Describe();

        public IEnumerable<string> FindDifferences(PartRecord saved) => Model.FindDifferences(saved);

        public void Restore(PartReader saved)
        {
            try
            {
                Model.Restore(saved);
            }
            catch (CairnException)
            {
                // The store is to notice nevertheless.
            }
        }
    }

    private sealed class PeekingPart : ICheckpointPart
    {
        public byte[] Bias { get; private set; } = [];

        public PartState Describe() => new();

        public IEnumerable<string> FindDifferences(PartRecord saved) => [];

        public void Restore(PartReader saved) => Bias = saved.ReadBytes("bias");
    }
}
