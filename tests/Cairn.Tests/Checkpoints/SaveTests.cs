using Cairn.Checkpoints;

namespace Cairn.Tests.Checkpoints;

public sealed class SaveTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_was_saved_comes_back_to_the_bit()
    {
        var saved = Stores.At(folder.Path).SaveModel(120);
        var model = TestPart.Model(0);

        var outcome = Stores.At(folder.Path).Restore(new Dictionary<string, ICheckpointPart> { ["model"] = model });

        Assert.NotNull(outcome);
        Assert.Equal((120, saved.Path), (outcome.Step, outcome.Path));
        Assert.Empty(outcome.Skipped);
        Assert.True(model.IsModelOf(120));
        Assert.Equal(model.Bytes().Length, outcome.Bytes);
    }

    [Fact]
    public void A_checkpoint_is_a_directory_named_after_its_step_with_the_record_and_a_file_for_each_part_and_its_frozen_tensors()
    {
        var parts = TestPart.OnlyModel(1);
        parts["counter"] = new TestPart { Values = { ["n"] = PartValue.From(5L) } };

        var saved = Stores.At(folder["a", "b"]).Save(120, parts, Stores.Attempt(3), Stores.NoMetadata).Wait();

        Assert.Equal(folder["a", "b", "step-0000000120"], saved.Path);
        Assert.Equal(["step-0000000120"], Stores.Names(folder["a", "b"]));
        Assert.Equal(["checkpoint.json", "model.frozen.safetensors", "model.safetensors"], Stores.Names(saved.Path));
        Assert.Equal(Directory.GetFiles(saved.Path).Sum(file => new FileInfo(file).Length), saved.Bytes);
    }

    [Fact]
    public void The_record_says_who_saved_what_and_when()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));
        var store = Stores.At(folder.Path, time);

        store.Save(7, TestPart.OnlyModel(7), new CheckpointOrigin(3, "4711_2", 4), new Dictionary<string, PartValue> { ["loss"] = PartValue.From(0.5) }).Wait();
        var record = store.List()[0].ReadRecord();

        Assert.Equal((7, 3, "4711_2", 4), (record.Step, record.Attempt, record.Job, record.WorldSize));
        Assert.Equal(time.GetUtcNow(), record.SavedAt);
        Assert.Equal(PartValue.From(0.5), record.Metadata["loss"]);
        Assert.Equal(["weight", "bias", "embedding"], record.Parts[0].Tensors.Select(tensor => tensor.Name).OrderBy(name => name == "weight" ? 0 : name == "bias" ? 1 : 2));
    }

    [Fact]
    public void A_step_that_is_there_is_not_written_again()
    {
        Stores.At(folder.Path).SaveModel(5);
        var store = Stores.At(folder.Path);
        var before = File.GetLastWriteTimeUtc(folder["step-0000000005", "checkpoint.json"]);

        var found = store.SaveModel(5, attempt: 2);

        Assert.True(found.AlreadyThere);
        Assert.Equal(1, store.List()[0].ReadRecord().Attempt);
        Assert.Equal(before, File.GetLastWriteTimeUtc(folder["step-0000000005", "checkpoint.json"]));
        Assert.False(store.SaveModel(6).AlreadyThere);
        Assert.True(store.SaveModel(6).AlreadyThere);
    }

    [Fact]
    public void A_broken_checkpoint_of_the_same_step_makes_room_and_is_kept_aside()
    {
        var store = Stores.At(folder.Path);
        store.SaveModel(5);
        File.Delete(folder["step-0000000005", "model.safetensors"]);
        Assert.False(store.SaveModel(5).AlreadyThere);
        Damage.FlipBit(folder["step-0000000005", "model.safetensors"], 4100);

        var again = Stores.At(folder.Path).SaveModel(5, attempt: 2);

        Assert.False(again.AlreadyThere);
        Assert.Empty(store.List().Single().Verify());
        Assert.Equal(["aside-step-0000000005-1", "aside-step-0000000005-2", "step-0000000005"], Stores.Names(folder.Path));
    }

    [Fact]
    public void A_checkpoint_that_a_superseded_attempt_commits_too_late_makes_room()
    {
        Stores.At(folder.Path).SaveModel(4, attempt: 1);
        var store = Stores.At(folder.Path);
        Assert.Equal(4, store.Restore(TestPart.OnlyModel(0))!.Step);
        Stores.At(folder.Path).Save(5, TestPart.OnlyModel(51), Stores.Attempt(1), Stores.NoMetadata).Wait();

        Assert.False(store.SaveModel(5, attempt: 2).AlreadyThere);

        Assert.Equal(2, store.List()[0].ReadRecord().Attempt);
        Assert.Equal(["aside-step-0000000005-1", "step-0000000004", "step-0000000005"], Stores.Names(folder.Path));
    }

    [Fact]
    public void A_step_has_one_state_a_second_save_with_another_one_is_an_error_that_says_so()
    {
        var store = Stores.At(folder.Path);
        store.SaveModel(5);

        var error = Assert.Throws<CheckpointWriteException>(() => store.Save(5, TestPart.OnlyModel(6), Stores.Attempt(1), Stores.NoMetadata).Wait());

        Assert.Contains("has saved another state as step 5 already", error.Message, StringComparison.Ordinal);
        var model = TestPart.Model(0);
        store.Restore(new Dictionary<string, ICheckpointPart> { ["model"] = model });
        Assert.True(model.IsModelOf(5));
        Assert.Equal(["step-0000000005"], Stores.Names(folder.Path));
    }

    [Fact]
    public void The_state_that_was_restored_cannot_be_replaced_by_another_one_under_its_step()
    {
        Stores.At(folder.Path).SaveModel(5);
        var store = Stores.At(folder.Path);
        store.Restore(TestPart.OnlyModel(0));

        var error = Assert.Throws<CheckpointWriteException>(() => store.Save(5, TestPart.OnlyModel(6), Stores.Attempt(2), Stores.NoMetadata).Wait());

        Assert.Contains("a valid checkpoint of attempt 1 with another state", error.Message, StringComparison.Ordinal);
        Assert.Equal(["step-0000000005"], Stores.Names(folder.Path));
    }

    [Fact]
    public void A_start_from_step_0_moves_no_valid_checkpoint_aside_and_saves_its_next_step()
    {
        var store = Stores.At(folder.Path);
        Assert.Null(store.Restore(TestPart.OnlyModel(0)));
        Stores.At(folder.Path).Save(10, TestPart.OnlyModel(101), Stores.Attempt(1), Stores.NoMetadata).Wait();

        var error = Assert.Throws<CheckpointWriteException>(() => store.SaveModel(10, attempt: 2));

        Assert.Contains("move it out of the folder", error.Message, StringComparison.Ordinal);
        store.SaveModel(11, attempt: 2);
        Assert.Equal(["step-0000000010", "step-0000000011"], Stores.Names(folder.Path));
        Assert.Equal(1, store.List()[1].ReadRecord().Attempt);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(5)] // it is there already: the attempt that took over came to the same step
    public void A_superseded_attempt_commits_nothing_and_leaves_nothing(long step)
    {
        Stores.At(folder.Path).SaveModel(5);
        var store = new CheckpointStore(folder.Path, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, TimeProvider.System)
        {
            BeforeCommit = () => throw new InvalidOperationException("superseded"),
        };

        var save = store.Save(step, TestPart.OnlyModel(step), Stores.Attempt(1), Stores.NoMetadata);

        Assert.Equal("superseded", Assert.Throws<InvalidOperationException>(() => save.Wait()).Message);
        Assert.Equal(["step-0000000005"], Stores.Names(folder.Path));
    }

    [Fact]
    public void A_part_that_fails_while_it_is_copied_fails_the_save_alone()
    {
        var store = Stores.At(folder.Path);
        var part = new TestPart { Tensors = { new FailingTensor() } };

        var save = store.Save(1, new Dictionary<string, ICheckpointPart> { ["model"] = part }, Stores.Attempt(1), Stores.NoMetadata);

        Assert.Throws<NotSupportedException>(() => save.Wait());
        Assert.Empty(Stores.Names(folder.Path));
        store.SaveModel(2);
    }

    [Fact]
    public void Memory_does_not_grow_with_the_state()
    {
        var store = Stores.At(folder.Path);
        var part = new TestPart { Tensors = { new CountingTensor("big", 64 << 20) } };
        var parts = new Dictionary<string, ICheckpointPart> { ["model"] = part };

        var before = GC.GetAllocatedBytesForCurrentThread();
        store.Save(1, parts, Stores.Attempt(1), Stores.NoMetadata).Wait();
        store.Restore(parts);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, 12 << 20);
    }

    [Fact]
    [Trait("Category", "slow")]
    public void A_tensor_of_more_than_two_gibibytes_comes_back()
    {
        var store = Stores.At(folder.Path);
        var tensor = new CountingTensor("big", (2L << 30) + 4096);
        var parts = new Dictionary<string, ICheckpointPart> { ["model"] = new TestPart { Tensors = { tensor } } };

        store.Save(1, parts, Stores.Attempt(1), Stores.NoMetadata).Wait();
        store.Restore(parts);

        Assert.Equal(tensor.Info.ByteCount, tensor.Checked);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".hidden")]
    [InlineData("../model")]
    [InlineData("a/b")]
    [InlineData("model.frozen")]
    [InlineData("model.FROZEN")]
    [InlineData("mödel")]
    [InlineData("a b")]
    [InlineData("-model")]
    public void A_part_whose_name_is_no_file_name_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => Stores.At(folder.Path).Save(1, new Dictionary<string, ICheckpointPart> { [name] = TestPart.Model(1) }, Stores.Attempt(1), Stores.NoMetadata));

    [Fact]
    public void Two_parts_that_differ_in_case_alone_are_refused()
    {
        var parts = new Dictionary<string, ICheckpointPart> { ["Model"] = TestPart.Model(1), ["model"] = TestPart.Model(2) };

        var error = Assert.Throws<ArgumentException>(() => Stores.At(folder.Path).Save(1, parts, Stores.Attempt(1), Stores.NoMetadata));

        Assert.Contains("'Model' and 'model'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("__metadata__")]
    [InlineData("half ? pair")]
    [InlineData("bias")]
    public void A_tensor_whose_name_cannot_be_written_is_refused(string pattern)
    {
        // Half a surrogate pair does not survive in a test's attributes.
        var name = pattern.Replace('?', '\ud800');
        var part = TestPart.Model(1);
        part.Tensors.Add(PartTensor.Of(name, DType.UInt8, new byte[4]));

        Assert.Throws<ArgumentException>(() => Stores.At(folder.Path).Save(1, new Dictionary<string, ICheckpointPart> { ["model"] = part }, Stores.Attempt(1), Stores.NoMetadata));
    }

    [Fact]
    public void A_value_of_too_many_lists_within_one_another_is_refused_and_one_of_just_enough_comes_back()
    {
        var store = Stores.At(folder.Path);
        var part = new TestPart { Values = { ["deep"] = Nested(33) } };
        var parts = new Dictionary<string, ICheckpointPart> { ["p"] = part };
        Assert.Throws<ArgumentException>(() => store.Save(1, parts, Stores.Attempt(1), Stores.NoMetadata));

        part.Values["deep"] = Nested(32);
        store.Save(1, parts, Stores.Attempt(1), Stores.NoMetadata).Wait();
        store.Restore(parts);

        Assert.Equal(Nested(32), part.Values["deep"]);
    }

    private static PartValue Nested(int depth) => depth == 0 ? PartValue.From(1L) : PartValue.From([Nested(depth - 1)]);

    private sealed class FailingTensor() : PartTensor(new TensorInfo("w", DType.UInt8, [10]))
    {
        public override void CopyTo(long offset, Span<byte> destination) => throw new NotSupportedException();

        public override void CopyFrom(long offset, ReadOnlySpan<byte> source) => throw new NotSupportedException();
    }

    /// <summary>Holds no memory: its bytes follow from their place, and are checked when they come back.</summary>
    private sealed class CountingTensor(string name, long bytes) : PartTensor(new TensorInfo(name, DType.Int64, [bytes / sizeof(long)]))
    {
        public long Checked { get; private set; }

        public override void CopyTo(long offset, Span<byte> destination)
        {
            var elements = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(destination);
            for (var i = 0; i < elements.Length; i++)
                elements[i] = offset + (i * sizeof(long));
        }

        public override void CopyFrom(long offset, ReadOnlySpan<byte> source)
        {
            var elements = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(source);
            for (var i = 0; i < elements.Length; i++)
            {
                if (elements[i] != offset + (i * sizeof(long)))
                    throw new InvalidDataException($"element at byte {offset + (i * sizeof(long))} is {elements[i]}");
            }

            Checked += source.Length;
        }
    }

    [Fact]
    public void A_record_can_be_read_at_once_while_the_program_starts_others()
    {
        var store = Stores.At(folder.Path);
        var over = false;
        var starter = new Thread(() =>
        {
            while (!Volatile.Read(ref over))
            {
                using var child = System.Diagnostics.Process.Start("true", []);
                child.WaitForExit();
            }
        });
        starter.Start();
        try
        {
            for (var step = 1; step <= 300; step++)
            {
                store.SaveModel(step);
                Assert.NotEmpty(File.ReadAllText(folder[$"step-{step:0000000000}", "checkpoint.json"]));
            }
        }
        finally
        {
            Volatile.Write(ref over, true);
            starter.Join();
        }
    }
}
