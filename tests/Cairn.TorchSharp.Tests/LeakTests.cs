using TorchSharp;
using TorchTrainer;
using static TorchSharp.torch;

namespace Cairn.TorchSharp.Tests;

public sealed class LeakTests
{
    [Fact]
    public void Saving_and_restoring_a_hundred_times_leaves_no_tensor_behind()
    {
        var training = new Training(Setup.Named("adam-amsgrad"), seed: 1);
        using (var batch = training.Loader.At(0))
            training.Step(batch);
        var parts = training.Parts();
        var checkpoint = MemoryCheckpoint.Of(parts);
        checkpoint.Restore(parts);

        // No collection in between: what is counted as gone was disposed, not found by the collector.
        var before = Live;
        for (var time = 0; time < 100; time++)
        {
            checkpoint = MemoryCheckpoint.Of(parts);
            checkpoint.Restore(parts);
            ((RandomStatePart)parts["random"]).OnStepBegin(time);
        }

        Assert.Equal(before, Live);
    }

    [Fact]
    public void Strided_tensors_leave_no_copy_behind()
    {
        using var tensor = zeros(40, 30);
        using var strided = tensor.t();
        var live = new LiveTensor("t", strided);
        var before = Live;
        for (var time = 0; time < 100; time++)
            MemoryCheckpoint.Fill(live, MemoryCheckpoint.BytesOf(live));
        Assert.Equal(before, Live);
    }

    [Fact]
    public void A_batch_takes_its_tensors_with_it_but_no_others()
    {
        using var table = rand(24, 3);
        var loader = new ResumableLoader<(Tensor Rows, Tensor Table)>(new SampleOrder(24, 5, seed: 1), indices => (table[tensor(indices)], table));
        loader.At(0).Dispose();
        var before = Live;
        for (var step = 0; step < 100; step++)
            loader.At(step).Dispose();
        Assert.Equal(before, Live);
        Assert.False(table.IsInvalid);
    }

    [Fact]
    public void A_batch_outlives_the_scope_in_which_it_was_made()
    {
        var loader = new ResumableLoader<Tensor>(new SampleOrder(24, 5, seed: 1), indices => tensor(indices) * 2);
        Batch<Tensor> batch;
        using (NewDisposeScope())
            batch = loader.At(0);
        Assert.False(batch.Data.IsInvalid);
        batch.Dispose();
        Assert.True(batch.Data.IsInvalid);
    }

    private static long Live => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
}
