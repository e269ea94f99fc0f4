using Cairn.Checkpoints;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Shares;
using Cairn.Posix;

namespace Cairn.Tests.Checkpoints;

/// <summary>One checkpoint by several ranks: the same bytes whatever their number, all or nothing, and who failed is named.</summary>
public sealed class SharedSaveTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Directory => folder["checkpoints"];

    public void Dispose() => folder.Dispose();

    public static TheoryData<SaveMode, bool> Ways => new MatrixTheoryData<SaveMode, bool>(Enum.GetValues<SaveMode>(), [false, true]);

    [Theory]
    [MemberData(nameof(Ways))]
    public void Bytes_and_record_are_the_same_for_any_number_of_writers(SaveMode mode, bool oneWriterPerFile)
    {
        // What one process writes that knows nothing of ranks is the measure.
        using var alone = new CheckpointStore(folder["alone"], Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, TimeProvider.System) { Limits = RankStores.Small };
        for (var step = 1; step <= 4; step++)
            alone.Save(step, SharedState.Of(step), Stores.Attempt(1), Stores.NoMetadata).Wait();
        foreach (var count in new[] { 1, 2, 3, 5 })
        {
            using var ranks = new RankStores(folder[$"by{count}"], count, oneWriterPerFile);
            for (var step = 1; step <= 4; step++)
            {
                var saved = ranks.Save(step, rank => SharedState.Of(step, rank: rank), mode);
                Assert.Equal(Stores.Names(Path.Combine(alone.Directory, Path.GetFileName(saved.Path))), Stores.Names(saved.Path));
                foreach (var file in System.IO.Directory.GetFiles(saved.Path, "*.safetensors"))
                    Assert.Equal(File.ReadAllBytes(Path.Combine(alone.Directory, Path.GetFileName(saved.Path), Path.GetFileName(file))), File.ReadAllBytes(file));
                var (one, other) = (alone.List()[^step].ReadRecord(), ranks.First.List()[0].ReadRecord());
                Assert.Equal(
                    CommitRecordFile.ToBytes(one with { SavedAt = default, WorldSize = 4 }),
                    CommitRecordFile.ToBytes(other with { SavedAt = default }));
                Assert.Empty(ranks.First.List()[0].Verify());
                var writers = ranks.Results.Count(result => result.Written.Count + result.Unchanged.Count > 0);
                Assert.InRange(writers, oneWriterPerFile ? Math.Min(count, 2) : count, count); // of whole files most here are rank 0's
            }

            var parts = SharedState.Of(0);
            Assert.Equal(4, ranks.First.Restore(parts)!.Step);
            Assert.Equal(SharedState.Bytes(SharedState.Of(4)), SharedState.Bytes(parts));
            Assert.Empty(Survivors.Leftovers(ranks.First.Directory));
        }
    }

    [Fact]
    public void What_did_not_change_is_linked_and_when_it_changes_one_save_is_given_up_and_the_next_has_it()
    {
        using var ranks = new RankStores(Directory, 3);
        for (var step = 1; step <= 3; step++)
            ranks.Save(step, _ => SharedState.Of(step));
        Assert.Contains(ranks.Results, result => result.Unchanged.Count > 0);
        Assert.DoesNotContain(ranks.Results, result => result.Written.Keys.Intersect(ranks.Results.SelectMany(one => one.Unchanged)).Any());

        var error = Assert.Throws<CheckpointWriteException>(() => ranks.Save(4, _ => SharedState.Of(4, frozen: 100)));
        Assert.Contains("model.frozen.safetensors have changed that had not", error.Message, StringComparison.Ordinal);
        Assert.Contains("the next save writes them. Nothing is to be done. The older", error.Message, StringComparison.Ordinal);
        Assert.Equal([3L, 2, 1], ranks.First.List().Select(entry => entry.Step));

        for (var step = 5; step <= 8; step++)
            ranks.Save(step, _ => SharedState.Of(step, frozen: 100));
        Assert.All(ranks.First.List(), entry => Assert.Empty(entry.Verify()));
        var parts = SharedState.Of(0);
        ranks.First.Restore(parts);
        Assert.Equal(SharedState.Bytes(SharedState.Of(8, frozen: 100)), SharedState.Bytes(parts));
    }

    [Fact]
    public void A_rank_with_another_state_is_named_and_nothing_is_committed()
    {
        using var ranks = new RankStores(Directory, 3);
        ranks.Save(1, _ => SharedState.Of(1));
        var error = Assert.Throws<CheckpointWriteException>(() => ranks.Save(2, rank =>
        {
            var parts = SharedState.Of(2);
            if (rank == 2)
                ((TestPart)parts["optimizer"]).Tensors.RemoveAt(7);
            return parts;
        }));
        Assert.Contains("rank 2: its state of step 2 has other tensors than rank 0's", error.Message, StringComparison.Ordinal);
        Assert.Contains("(rank 0 has optimizer", error.Message, StringComparison.Ordinal); // which tensor
        Assert.Contains(" Track the same parts on all ranks, in the same order, with the same tensors. The older", error.Message, StringComparison.Ordinal);
        OnlyTheFirstIsThere(ranks);
        ranks.Save(2, _ => SharedState.Of(2));
    }

    [Theory]
    [InlineData(SaveMode.Asynchronous)]
    [InlineData(SaveMode.Synchronous)]
    public void Replicas_that_have_drifted_apart_are_named_and_the_checkpoint_is_whole_all_the_same(SaveMode mode)
    {
        using var ranks = new RankStores(Directory, 3);
        var found = new List<string>();
        for (var step = 1; step <= 40; step++)
        {
            ranks.Check = step;
            ranks.Save(step, rank => SharedState.Of(step, rank: rank), mode); // what is rank 0's may differ
            Assert.Empty(ranks.Drifted);
            ranks.First.Prune(Cairn.Retention.KeepLast(2));
        }

        for (var step = 41; step <= 80; step++)
        {
            ranks.Check = step;
            ranks.Save(step, rank => Drifted(SharedState.Of(step, rank: rank), rank), mode);
            found.AddRange(ranks.Drifted);
            ranks.First.Prune(Cairn.Retention.KeepLast(2));
        }

        Assert.All(ranks.First.List(), entry => Assert.Empty(entry.Verify()));
        Assert.NotEmpty(found);
        Assert.All(found, sentence => Assert.Matches(@"^rank \d has other bytes than the rank that wrote bytes \d+ to \d+ of model-00002.safetensors \(.*long.*\): they should be the same", sentence));

        static Dictionary<string, ICheckpointPart> Drifted(Dictionary<string, ICheckpointPart> parts, int rank)
        {
            if (rank == 2)
                ((TestPart)parts["model"]).Tensors[1].CopyFrom(70_000, [1, 2, 3]);
            return parts;
        }
    }

    public static TheoryData<string, string> Lies => new()
    {
        { "one is missing", "no rank has written bytes" },
        { "one comes twice", "as another has" },
        { "a segment is missing", "no rank has written bytes" },
        { "a hash is missing", "of which it cannot know" },
        { "a segment that is none", "of which it cannot know" },
        { "said to be unchanged", "of which it cannot know" },
        { "failed", "rank 1: the disk is gone. " },
        { "many failed", "rank 0: a; rank 1: a; rank 2: a; and 1 ranks more failed" },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void Nothing_is_committed_without_every_share(string lie, string reason)
    {
        using var ranks = new RankStores(Directory, 4);
        ranks.Save(1, _ => SharedState.Of(1));
        ranks.Change = results =>
        {
            var (first, number) = (results[0], results[0].Written.Keys.Max());
            return lie switch
            {
                "one is missing" => [.. results.Skip(1)],
                "one comes twice" => [.. results, first with { Rank = 9 }],
                "a segment is missing" => [first with { Written = first.Written.Where(one => one.Key != number).ToDictionary() }, .. results.Skip(1)],
                "a hash is missing" => [first with { Written = first.Written.ToDictionary(one => one.Key, one => one.Key == number ? one.Value[1..] : one.Value) }, .. results.Skip(1)],
                "a segment that is none" => [first with { Written = new Dictionary<int, ContentHash[]>(first.Written) { [999] = [] } }, .. results.Skip(1)],
                "said to be unchanged" => [first with { Written = first.Written.Where(one => one.Key != number).ToDictionary(), Unchanged = [number] }, .. results.Skip(1)],
                "failed" => [results[0], ShareResult.Failed(1, "the disk is gone"), .. results.Skip(2)],
                _ => [.. results.Select(result => ShareResult.Failed(result.Rank, "a"))],
            };
        };
        var error = Assert.Throws<CheckpointWriteException>(() => ranks.Save(2, _ => SharedState.Of(2)));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.False(error.DiskFull);
        OnlyTheFirstIsThere(ranks);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("directory")]
    public void A_rank_that_comes_before_the_files_are_seen_waits_for_them(string what)
    {
        using var ranks = new RankStores(Directory, 2);
        ranks.BeforeWrite = order =>
        {
            var path = Path.Combine(Directory, order.Folder);
            path = what == "file" ? System.IO.Directory.GetFiles(path, "optimizer*")[0] : path;
            PosixDirectory.Rename(path, folder["hidden"]);
            _ = Task.Delay(300).ContinueWith(_ => PosixDirectory.Rename(folder["hidden"], path), TaskScheduler.Default);
        };
        ranks.Save(1, _ => SharedState.Of(1));
        Assert.Empty(ranks.First.List()[0].Verify());
    }

    [Fact]
    public void One_that_waits_for_them_in_vain_says_so_and_need_not_wait_when_the_save_is_given_up()
    {
        using var store = new CheckpointStore(Directory, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, TimeProvider.System);
        using var share = store.BeginShare(3, SharedState.Of(3), new ShareRules([0, 0]), rank: 0, copies: true);
        share.Copy();
        using var givenUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        var order = new ShareOrder(3, ".saving-gone", share.Layout, new Dictionary<int, ContentHash>());
        Assert.NotNull(share.Write(order, givenUp.Token).Error);
        Assert.IsType<TaskCanceledException>(share.Failure);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_full_disk_is_told_by_the_rank_that_meets_it_and_the_older_checkpoints_are_unharmed(bool canReserve)
    {
        using var disk = canReserve ? SmallFileSystem.Tmpfs(1) : SmallFileSystem.Ext2(1);
        using var ranks = new RankStores(Path.Combine(disk.Path, "checkpoints"), 3);
        ranks.Save(1, _ => SharedState.Of(1));
        var (error, step) = (default(CheckpointWriteException), 2);
        for (; error is null && step < 9; step++)
            error = Record.Exception(() => ranks.Save(step, _ => SharedState.Of(step))) as CheckpointWriteException;
        Assert.NotNull(error);
        Assert.True(error.DiskFull);
        Assert.Contains("No space left on device", error.Message, StringComparison.Ordinal);
        Assert.True(canReserve || error.Message.Contains("rank ", StringComparison.Ordinal), error.Message);
        Assert.Empty(Survivors.Leftovers(ranks.First.Directory));
        Assert.All(ranks.First.List(), entry => Assert.Empty(entry.Verify()));
        Assert.Equal(step - 2, ranks.First.List()[0].Step);
    }

    [Fact]
    public void Each_rank_has_memory_for_its_share_alone_and_the_same_share_can_be_written_again()
    {
        ShareRules rules = new([0, 0, 0, 0]);
        using var store = new CheckpointStore(Directory, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, TimeProvider.System) { Limits = RankStores.Small };
        var parts = SharedState.Of(1);
        using var share = store.BeginShare(1, parts, rules, rank: 0, copies: true);
        share.Copy();
        var own = share.Segments.Sum(number => share.Plan.Segments[number].Length);
        Assert.InRange(own, 1, (share.Plan.PayloadBytes / 4) + RankStores.Small.Segment);
        Assert.InRange(store.CopiedBytes, own, own + (4096 * share.Plan.Files.Length));
        ((TestPart)parts["model"]).Tensors[1].CopyFrom(0, new byte[150_000]); // training goes on
        foreach (var time in new[] { 1, 2 })
        {
            using var save = store.Create(share, Stores.Attempt(1), Stores.NoMetadata);
            var result = share.Write(save.Order, CancellationToken.None);
            Assert.Null(result.Error);
            Assert.Equal(share.Segments.Order(), result.Written.Keys.Order());
            Assert.Contains("no rank has written", Assert.Throws<CheckpointWriteException>(() => save.Commit([result], AllStates.None)).Message, StringComparison.Ordinal);
        }

        Assert.Empty(System.IO.Directory.GetFileSystemEntries(Directory));
    }

    private static void OnlyTheFirstIsThere(RankStores ranks)
    {
        Assert.Equal(["step-0000000001"], Stores.Names(ranks.First.Directory));
        Assert.Empty(Assert.Single(ranks.First.List()).Verify());
    }
}
