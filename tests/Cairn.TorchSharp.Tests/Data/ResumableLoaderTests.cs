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
    public void A_loader_with_the_same_order_has_no_difference_whatever_its_rank()
    {
        var checkpoint = MemoryCheckpoint.Of(Loader(new SampleOrder(24, 5, seed: 7, rank: 0, worldSize: 2)));
        checkpoint.Restore(Loader(new SampleOrder(24, 5, seed: 7, rank: 1, worldSize: 2)));
    }

    [Fact]
    public void Everything_that_the_order_depends_on_is_a_difference()
    {
        var checkpoint = MemoryCheckpoint.Of(Loader(new SampleOrder(24, 5, seed: 7)));
        Assert.Equal(
            [
                "seed is 8, in the checkpoint 7",
                "count is 25, in the checkpoint 24",
                "batch_size is 4, in the checkpoint 5",
                "world_size is 2, in the checkpoint 1",
                "shuffle is false, in the checkpoint true",
                "drop_last is true, in the checkpoint false",
            ],
            checkpoint.Differences(Loader(new SampleOrder(25, 4, seed: 8, shuffle: false, dropLast: true, worldSize: 2))));
    }

    [Fact]
    public void A_data_set_of_named_tensors_is_stacked()
    {
        var loader = ResumableLoader.Of(new Squares(), batchSize: 4, seed: 7);
        using var batch = loader.At(0);
        Assert.Equal(batch.Indices.Select(index => (float)(index * index)), batch.Data["square"].data<float>().ToArray());
        Assert.Equal([4], batch.Data["square"].shape);
    }

    [Fact]
    public void An_order_over_another_number_of_samples_is_refused() =>
        Assert.Contains("11", Assert.Throws<ArgumentException>(() => ResumableLoader.Of(new Squares(), new SampleOrder(11, 4, seed: 7), samples => samples.Count)).Message);

    private static ResumableLoader<int> Loader(SampleOrder order) => new(order, indices => indices.Length);

    private sealed class Squares : Dataset
    {
        public override long Count => 10;

        public override Dictionary<string, Tensor> GetTensor(long index) => new(StringComparer.Ordinal) { ["square"] = tensor((float)(index * index)) };
    }
}
