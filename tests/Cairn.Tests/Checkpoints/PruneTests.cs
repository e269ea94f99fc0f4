using Cairn.Checkpoints;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Checkpoints;

public sealed class PruneTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly CheckpointStore store;

    public PruneTests() => store = Stores.At(folder.Path);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_the_policy_does_not_keep_is_gone_without_a_trace()
    {
        for (var step = 1; step <= 5; step++)
            store.SaveModel(step);

        Assert.Equal([1L, 2L, 3L], store.Prune(Retention.KeepLast(2)).Select(entry => entry.Step));

        Assert.Equal(["step-0000000004", "step-0000000005"], Stores.Names(folder.Path));
        Assert.Empty(store.Prune(Retention.KeepLast(2)));
    }

    [Fact]
    public void The_best_is_kept_by_the_metric_in_its_record()
    {
        foreach (var (step, loss) in new[] { (1, 3.0), (2, 1.0), (3, 2.0), (4, 5.0), (5, 4.0) })
            store.SaveModel(step, metadata: new Dictionary<string, PartValue> { ["loss"] = PartValue.From(loss) });

        Stores.At(folder.Path).Prune(Retention.KeepBest("loss", 1));

        Assert.Equal([5L, 4L, 2L], store.List().Select(entry => entry.Step));
    }

    [Theory]
    [InlineData("checkpoint.json")]
    [InlineData("model.safetensors")]
    public void A_broken_one_does_not_count_among_the_two_that_stay(string file)
    {
        for (var step = 1; step <= 4; step++)
            store.SaveModel(step);
        Damage.Truncate(folder["step-0000000004", file], 100);

        Assert.Equal([1L], store.Prune(Retention.KeepLast(1)).Select(entry => entry.Step));

        Assert.Equal([4L, 3L, 2L], store.List().Select(entry => entry.Step));
        Assert.Equal(3, store.Restore(TestPart.OnlyModel(0))!.Step);
    }

    [Fact]
    public void A_broken_one_that_was_good_when_it_was_saved_does_not_count_either()
    {
        for (var step = 1; step <= 3; step++)
            store.SaveModel(step);
        store.Prune(Retention.KeepAll);
        Damage.Truncate(folder["step-0000000003", "model.safetensors"], 100);

        Assert.Empty(store.Prune(Retention.KeepLast(1)));
    }

    [Fact]
    public void What_cannot_be_read_is_never_deleted()
    {
        for (var step = 1; step <= 4; step++)
            store.SaveModel(step);
        Damage.FlipBit(folder["step-0000000001", "checkpoint.json"], 20);

        Assert.Equal([2L], store.Prune(Retention.KeepLast(1)).Select(entry => entry.Step));

        Assert.True(Directory.Exists(folder["step-0000000001"]));
    }

    [Fact]
    public void What_is_superfluous_can_be_asked_without_deleting_it()
    {
        for (var step = 1; step <= 4; step++)
            store.SaveModel(step);

        Assert.Equal([1L, 2L], store.FindSuperfluous(Retention.KeepLast(1)).Select(entry => entry.Step));

        Assert.Equal([4L, 3L, 2L, 1L], store.List().Select(entry => entry.Step));
    }

    [Fact]
    public void Those_that_stay_can_be_checked_to_the_last_byte_first()
    {
        for (var step = 1; step <= 4; step++)
            store.SaveModel(step);
        Damage.FlipBit(folder["step-0000000004", "model.safetensors"], 4200);
        using var careful = new CheckpointStore(folder.Path, NullLogger.Instance, TimeProvider.System)
        {
            CheckBeforeOthersGo = checkpoint =>
            {
                if (checkpoint.FindFaults() is [var fault, ..])
                    throw new CheckpointCorruptException(checkpoint.Directory.Path, fault.File, fault.Problem);
            },
        };

        Assert.Equal([1L], careful.Prune(Retention.KeepLast(1)).Select(entry => entry.Step));

        Assert.Equal([4L, 3L, 2L], store.List().Select(entry => entry.Step));
    }

    [Fact]
    public void Nothing_to_delete_in_a_directory_that_is_not_there() =>
        Assert.Empty(Stores.At(folder["not", "there"]).Prune(Retention.KeepLast(1)));
}
