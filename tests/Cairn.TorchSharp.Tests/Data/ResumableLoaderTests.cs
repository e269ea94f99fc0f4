using Cairn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.utils.data;

namespace Cairn.TorchSharp.Tests;

public sealed class ResumableLoaderTests
{
    [Fact]
    public void A_step_says_epoch_index_and_whether_the_epoch_ends()
    {
        var loader = new ResumableLoader<int>(new SampleOrder(24, 5, seed: 7), indices => indices.Length);
        Assert.Equal(5, loader.BatchesPerEpoch);
        (long Step, long Epoch, long Index, bool Ends, int Size)[] expected =
            [(0, 0, 0, false, 5), (4, 0, 4, true, 4), (5, 1, 0, false, 5), (13, 2, 3, false, 5), (14, 2, 4, true, 4)];
        Assert.All(expected, row =>
        {
            using var batch = loader.At(row.Step);
            Assert.Equal(row, (batch.Step, batch.Epoch, batch.Index, batch.EndsEpoch, batch.Data));
            Assert.Equal(loader.Order.Batch(row.Epoch, row.Index), batch.Indices);
        });
    }

    [Fact]
    public void A_batch_tells_how_many_samples_it_has_here_and_on_all_ranks()
    {
        (long Step, long Samples, long GlobalSamples)[] expected = [(0, 3, 10), (2, 1, 4), (3, 3, 10)];
        var loader = Loader(new SampleOrder(24, 10, seed: 7, rank: 1, worldSize: 3));
        Assert.All(expected, row =>
        {
            using var batch = loader.At(row.Step);
            Assert.Equal(row, (batch.Step, batch.Samples, batch.GlobalSamples));
        });
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(4, 3)]
    [InlineData(4, 1)]
    public void The_number_of_ranks_is_no_difference(int before, int now)
    {
        var checkpoint = MemoryCheckpoint.Of(Loader(new SampleOrder(24, 5, seed: 7, worldSize: before)));
        checkpoint.Restore(Loader(new SampleOrder(24, 5, seed: 7, rank: now - 1, worldSize: now)));
    }

    [Theory]
    [InlineData(5, 1, 5, 0)]
    [InlineData(2, 6, 12, 0)] // 24 samples: two full batches
    [InlineData(5, 2, 10, 0)] // 4 in the last batch, 2 for each rank
    [InlineData(5, 3, 15, 0)] // 9 in the last batch, 3 for each
    [InlineData(7, 3, 21, 0)] // 3
    [InlineData(8, 2, 16, 0)] // 8
    [InlineData(2, 5, 10, 1)] // 4 for 5 ranks: one was filled up
    public void A_checkpoint_that_names_the_samples_of_each_rank_is_gone_on_with(long perRank, long ranks, int globalBatch, int remarks)
    {
        var loader = Loader(new SampleOrder(24, globalBatch, seed: 7));
        var record = OfBefore(perRank, ranks);
        Assert.Empty(loader.FindDifferences(record));
        loader.Restore(new PartReader(record, _ => { }));
        ICheckpointPart part = loader;
        Assert.Equal(remarks, part.TakeRemarks().Count());
        Assert.Empty(part.TakeRemarks());
    }

    [Fact]
    public void With_another_global_batch_such_a_checkpoint_is_told_with_both_numbers() =>
        Assert.Equal(["global_batch is 10, in the checkpoint 12"], Loader(new SampleOrder(24, 10, seed: 7)).FindDifferences(OfBefore(perRank: 6, ranks: 2)));

    [Fact]
    public void Everything_that_the_order_depends_on_is_a_difference()
    {
        var checkpoint = MemoryCheckpoint.Of(Loader(new SampleOrder(24, 5, seed: 7)));
        Assert.Equal(
            [
                "seed is 8, in the checkpoint 7",
                "count is 25, in the checkpoint 24",
                "global_batch is 4, in the checkpoint 5",
                "shuffle is false, in the checkpoint true",
                "drop_last is true, in the checkpoint false",
            ],
            checkpoint.Differences(Loader(new SampleOrder(25, 4, seed: 8, shuffle: false, dropLast: true, worldSize: 2))));
    }

    [Fact]
    public void A_data_set_of_named_tensors_is_stacked()
    {
        var loader = ResumableLoader.Of(new Squares(), globalBatch: 4, seed: 7);
        using var batch = loader.At(0);
        Assert.Equal(batch.Indices.Select(index => (float)(index * index)), batch.Data["square"].data<float>().ToArray());
        Assert.Equal([4], batch.Data["square"].shape);
    }

    [Fact]
    public void An_order_over_another_number_of_samples_is_refused() =>
        Assert.Contains("11", Assert.Throws<ArgumentException>(() => ResumableLoader.Of(new Squares(), new SampleOrder(11, 4, seed: 7), samples => samples.Count)).Message);

    private static ResumableLoader<int> Loader(SampleOrder order) => new(order, indices => indices.Length);

    private static PartRecord OfBefore(long perRank, long ranks) => new("data", [], new Dictionary<string, PartValue>(StringComparer.Ordinal)
    {
        ["seed"] = PartValue.From(7L),
        ["count"] = PartValue.From(24L),
        ["batch_size"] = PartValue.From(perRank),
        ["world_size"] = PartValue.From(ranks),
        ["shuffle"] = PartValue.From(true),
        ["drop_last"] = PartValue.From(false),
    });

    private sealed class Squares : Dataset
    {
        public override long Count => 10;

        public override Dictionary<string, Tensor> GetTensor(long index) => new(StringComparer.Ordinal) { ["square"] = tensor((float)(index * index)) };
    }
}
