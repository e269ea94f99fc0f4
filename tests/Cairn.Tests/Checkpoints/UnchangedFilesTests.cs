using Cairn.Checkpoints;
using Cairn.Posix;

namespace Cairn.Tests.Checkpoints;

/// <summary>Files whose tensors did not change are linked, not written again; and never are two kept checkpoints spoilt by one bad block.</summary>
public sealed class UnchangedFilesTests : IDisposable
{
    private const string Frozen = "model.frozen.safetensors";
    private const string Changing = "model.safetensors";

    private readonly TemporaryFolder folder = new();

    public static TheoryData<SaveMode> Modes => new(Enum.GetValues<SaveMode>());

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Modes))]
    public void Two_copies_take_turns(SaveMode mode)
    {
        using var store = Stores.At(folder.Path);
        for (var step = 1; step <= 6; step++)
            Save(store, step, mode);
        var copies = Enumerable.Range(1, 6).Select(step => Identity(step, Frozen)).ToArray();
        Assert.NotEqual(copies[0], copies[1]);
        Assert.Equal([copies[0], copies[1], copies[0], copies[1], copies[0], copies[1]], copies);
        Assert.Equal(6, Enumerable.Range(1, 6).Select(step => Identity(step, Changing)).Distinct().Count());
        Assert.All(store.List(), checkpoint => Assert.Empty(checkpoint.Verify()));
        AssertRestores(store, 6);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_frozen_tensor_that_was_changed_after_all_is_written(SaveMode mode)
    {
        using var store = Stores.At(folder.Path);
        for (var step = 1; step <= 3; step++)
            Save(store, step, mode);
        Save(store, 4, mode, frozen: 7);
        Assert.DoesNotContain(Identity(4, Frozen), Enumerable.Range(1, 3).Select(step => Identity(step, Frozen)));

        // Another process goes by the guess again; this one would put it to those that change.
        using var later = Stores.At(folder.Path);
        Save(later, 5, mode, frozen: 7);
        Assert.Equal(5, store.List().Count);
        Assert.NotEqual(Identity(4, Frozen), Identity(5, Frozen)); // of the new bytes there is one copy yet
        Save(later, 6, mode, frozen: 7);
        Assert.Equal(Identity(4, Frozen), Identity(6, Frozen));
        Assert.All(store.List(), checkpoint => Assert.Empty(checkpoint.Verify()));
    }

    [Fact]
    public void After_retention_has_thinned_them_out_two_copies_are_left()
    {
        using var store = Stores.At(folder.Path);
        for (var step = 1; step <= 9; step++)
        {
            Save(store, step, SaveMode.Asynchronous);
            store.Prune(Retention.KeepLast(2));
        }

        Assert.Equal([9L, 8L], store.List().Select(checkpoint => checkpoint.Step));
        Assert.NotEqual(Identity(8, Frozen), Identity(9, Frozen));
        Assert.All(store.List(), checkpoint => Assert.Empty(checkpoint.Verify()));
    }

    [Fact]
    public void Bytes_that_rotted_on_the_disk_are_not_shared()
    {
        using (var store = Stores.At(folder.Path))
        {
            Save(store, 1, SaveMode.Asynchronous);
            Save(store, 2, SaveMode.Asynchronous);
        }

        // The last byte is a tensor's. A later process has not written this file itself, and looks before it shares it.
        using (var file = new FileStream(PathOf(1, Frozen), FileMode.Open))
        {
            file.Seek(-1, SeekOrigin.End);
            var last = file.ReadByte();
            file.Seek(-1, SeekOrigin.End);
            file.WriteByte((byte)(last ^ 1));
        }

        using var later = Stores.At(folder.Path);
        Save(later, 3, SaveMode.Asynchronous);
        Assert.NotEqual(Identity(1, Frozen), Identity(3, Frozen));
        Assert.Empty(later.List()[0].Verify());
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_bit_flipped_anywhere_in_a_shared_file_costs_the_two_that_share_it_and_the_one_between_them_is_used(SaveMode mode)
    {
        using var store = Stores.At(folder.Path);
        for (var step = 1; step <= 4; step++)
            Save(store, step, mode);
        var path = PathOf(4, Frozen);
        var length = new FileInfo(path).Length;
        for (var position = 0L; position < length; position += position is < 16 or >= 4080 ? 1 : 31)
        {
            Damage.FlipBit(path, position, (int)(position % 8));
            var part = TestPart.Model(0);
            var restored = store.Restore(new Dictionary<string, ICheckpointPart> { ["model"] = part })!;
            Assert.Equal((3, true), (restored.Step, part.IsModelOf(3)));
            Assert.StartsWith(Frozen + ":", Assert.Single(restored.Skipped).Reason, StringComparison.Ordinal);
            Assert.Equal([4L, 2L], store.List().Where(checkpoint => checkpoint.Verify() is [var fault] && fault.File == Frozen).Select(checkpoint => checkpoint.Step));
            Damage.FlipBit(path, position, (int)(position % 8));
        }

        AssertRestores(store, 4);
    }

    [Fact]
    public void A_later_process_shares_what_it_has_found_whole()
    {
        using (var store = Stores.At(folder.Path))
        {
            Save(store, 1, SaveMode.Asynchronous);
            Save(store, 2, SaveMode.Asynchronous);
        }

        using var later = Stores.At(folder.Path);
        Save(later, 3, SaveMode.Asynchronous);
        Assert.Equal(Identity(1, Frozen), Identity(3, Frozen));
    }

    private static void Save(CheckpointStore store, long step, SaveMode mode, long frozen = 0)
    {
        var part = TestPart.Model(step);
        part.Tensors[2] = TestPart.Frozen("embedding", [.. Enumerable.Range(0, 50).Select(i => (short)(i + frozen))]);
        Dictionary<string, ICheckpointPart> parts = new() { ["model"] = part };
        if (mode == SaveMode.Synchronous)
        {
            store.Save(step, parts, Stores.Attempt(1), Stores.NoMetadata).Wait();
            return;
        }

        var save = store.Begin(step, parts, Stores.Attempt(1), Stores.NoMetadata, _ => { });
        save.Wait();
        Assert.True(save.Join(TimeSpan.FromMinutes(1)));
    }

    private static void AssertRestores(CheckpointStore store, long step)
    {
        var part = TestPart.Model(0);
        Assert.Equal(step, store.Restore(new Dictionary<string, ICheckpointPart> { ["model"] = part })!.Step);
        Assert.True(part.IsModelOf(step));
    }

    private string PathOf(long step, string file) => Path.Combine(folder.Path, CheckpointNames.ForStep(step), file);

    private FileIdentity Identity(long step, string file)
    {
        using var directory = PosixDirectory.Open(Path.Combine(folder.Path, CheckpointNames.ForStep(step)), followLink: false);
        using var opened = PosixFile.OpenRead(directory, file);
        return opened.Identity()!.Value;
    }
}
