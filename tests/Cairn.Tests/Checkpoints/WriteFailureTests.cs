using Cairn.Checkpoints;

namespace Cairn.Tests.Checkpoints;

public sealed class WriteFailureTests
{
    private const int Megabyte = 1 << 20;

    [Fact]
    public void A_disk_that_is_full_is_found_before_anything_is_copied_and_a_later_save_works()
    {
        using var disk = SmallFileSystem.Tmpfs(megabytes: 8);
        var store = Stores.At(Path.Combine(disk.Path, "checkpoints"));
        var tensor = new CountedCopies(3 * Megabyte);
        var parts = new Dictionary<string, ICheckpointPart> { ["model"] = new TestPart { Tensors = { tensor } } };
        store.Save(1, parts, Stores.Attempt(1), Stores.NoMetadata).Wait();
        store.Save(2, parts, Stores.Attempt(1), Stores.NoMetadata).Wait();
        var copies = tensor.Copies;

        var error = Assert.Throws<CheckpointWriteException>(() => store.Save(3, parts, Stores.Attempt(1), Stores.NoMetadata).Wait());

        Assert.True(error.DiskFull);
        Assert.Equal((3, copies), (error.Step, tensor.Copies));
        Assert.Contains("fallocate", error.Message, StringComparison.Ordinal);
        AssertThatOnlyTheOlderOnesAreThere(store, 2, 1);
        Directory.Delete(store.List()[1].Path, recursive: true);

        // A child that another test starts at this moment holds the deleted files, and so their space, until it becomes its program.
        Assert.True(SpinWait.SpinUntil(() => store.Save(3, parts, Stores.Attempt(1), Stores.NoMetadata).Durable.IsCompletedSuccessfully, TimeSpan.FromSeconds(10)));
        AssertThatOnlyTheOlderOnesAreThere(store, 3, 2);
    }

    [Fact]
    public void A_full_disk_that_cannot_reserve_space_is_found_while_writing()
    {
        using var disk = SmallFileSystem.Ext2(megabytes: 8);
        var store = Stores.At(Path.Combine(disk.Path, "checkpoints"));
        var tensor = new CountedCopies(3 * Megabyte);
        var parts = new Dictionary<string, ICheckpointPart> { ["model"] = new TestPart { Tensors = { tensor } } };
        store.Save(1, parts, Stores.Attempt(1), Stores.NoMetadata).Wait();
        store.Save(2, parts, Stores.Attempt(1), Stores.NoMetadata).Wait();

        var error = Assert.Throws<CheckpointWriteException>(() => store.Save(3, parts, Stores.Attempt(1), Stores.NoMetadata).Wait());

        Assert.True(error.DiskFull);
        Assert.Contains("pwrite", error.Message, StringComparison.Ordinal);
        AssertThatOnlyTheOlderOnesAreThere(store, 2, 1);
    }

    [Fact]
    public void A_disk_that_fills_up_right_before_the_record_is_written_commits_nothing()
    {
        using var disk = SmallFileSystem.Tmpfs(megabytes: 4);
        var store = Stores.At(Path.Combine(disk.Path, "checkpoints"));
        var tensor = new CountedCopies(Megabyte);
        var parts = new Dictionary<string, ICheckpointPart> { ["model"] = new TestPart { Tensors = { tensor } } };
        store.Save(1, parts, Stores.Attempt(1), Stores.NoMetadata).Wait();
        tensor.OnCopy = () => Fill(Path.Combine(disk.Path, "someone-elses"));

        var error = Assert.Throws<CheckpointWriteException>(() => store.Save(2, parts, Stores.Attempt(1), Stores.NoMetadata).Wait());

        Assert.True(error.DiskFull);
        Assert.Contains("checkpoint.json", error.Message, StringComparison.Ordinal);
        AssertThatOnlyTheOlderOnesAreThere(store, 1);
    }

    [Fact]
    public void A_directory_that_cannot_be_written_is_named_and_what_is_in_it_can_still_be_read()
    {
        using var disk = SmallFileSystem.Tmpfs(megabytes: 4);
        var store = Stores.At(Path.Combine(disk.Path, "checkpoints"));
        store.SaveModel(1);
        store.SaveModel(2);
        store.SaveModel(3);
        disk.MakeReadOnly();

        var error = Assert.Throws<CheckpointWriteException>(() => store.SaveModel(4));

        Assert.False(error.DiskFull);
        Assert.Contains(store.Directory, error.Message, StringComparison.Ordinal);
        Assert.Equal(3, store.Restore(TestPart.OnlyModel(0))!.Step);
        Assert.Empty(store.Prune(Retention.KeepLast(2)));
        AssertThatOnlyTheOlderOnesAreThere(store, 3, 2, 1);
    }

    [Fact]
    public void A_directory_that_cannot_be_made_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "not a directory");

        var error = Assert.Throws<CheckpointWriteException>(() => Stores.At(folder["file", "checkpoints"]).SaveModel(1));

        Assert.Contains(folder["file"], error.Message, StringComparison.Ordinal);
        Assert.Equal((1, false), (error.Step, error.DiskFull));
    }

    [Fact]
    public void A_directory_that_is_a_file_can_neither_be_listed_nor_written()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "not a directory");

        Assert.Throws<CheckpointReadException>(() => Stores.At(folder["file"]).List());
        Assert.Throws<CheckpointWriteException>(() => Stores.At(folder["file"]).SaveModel(1));
    }

    private static void AssertThatOnlyTheOlderOnesAreThere(CheckpointStore store, params long[] steps)
    {
        Assert.Equal(steps, store.List().Select(entry => entry.Step));
        Assert.Equal(steps.Length, Stores.Names(store.Directory).Length);
        Assert.All(store.List(), entry => Assert.Empty(entry.Verify()));
    }

    private static void Fill(string path)
    {
        using var file = File.Create(path, bufferSize: 0);
        try
        {
            while (true)
                file.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // Full: that was the purpose.
        }
    }

    private sealed class CountedCopies(int bytes) : PartTensor(new TensorInfo("w", DType.UInt8, [bytes]))
    {
        public int Copies { get; private set; }

        public Action OnCopy { get; set; } = () => { };

        public override void CopyTo(long offset, Span<byte> destination)
        {
            Copies++;
            OnCopy();
            destination.Fill((byte)Copies);
        }

        public override void CopyFrom(long offset, ReadOnlySpan<byte> source)
        {
        }
    }
}
