using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.optim;

namespace Cairn.TorchSharp.Tests;

/// <summary>The parts through the run's own face.</summary>
public sealed class TrainingRunTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_batch_is_seen_once_and_the_end_of_an_epoch_is_done_once_however_the_loop_is_cut()
    {
        var steps = new List<long>();
        var epochsDone = 0L;
        foreach (var cut in new[] { 0, 3, 5, 5, 6, 14, 15 })
        {
            using var run = Open();
            var loader = new ResumableLoader<int>(new SampleOrder(24, 5, seed: 7), indices => indices.Length);
            run.Track("data", loader);
            epochsDone = cut is 0 or 3 ? 0 : -1; // -1: what the checkpoint says must come back
            run.Track("epochs", () => epochsDone, value => epochsDone = value);
            foreach (var batch in run.Batches(loader, epochs: 3))
            {
                if (batch.Step == cut)
                    break;
                steps.Add(batch.Step);
                if (batch.EndsEpoch)
                    epochsDone++;
                if (batch.Step == cut - 1)
                    run.SaveAtBoundary();
            }
        }

        Assert.Equal(Enumerable.Range(0, 15).Select(step => (long)step), steps);
        Assert.Equal(3, epochsDone);
    }

    [Fact]
    public void A_batchs_tensors_are_gone_when_the_next_one_comes()
    {
        using var run = Open();
        var loader = new ResumableLoader<Tensor>(new SampleOrder(4, 2, seed: 7), indices => tensor(indices));
        run.Track("data", loader);
        Tensor? previous = null;
        foreach (var batch in run.Batches(loader, epochs: 1))
        {
            Assert.True(previous is null || previous.IsInvalid);
            Assert.False(batch.Data.IsInvalid);
            previous = batch.Data;
        }

        Assert.True(previous!.IsInvalid);
    }

    [Fact]
    public void What_does_not_fit_is_one_error_with_every_difference_and_nothing_is_loaded()
    {
        using (var model = Linear(4, 3))
        using (var run = Open())
        {
            run.Track("model", model);
            run.Track("optimizer", Adam(model.parameters(), 0.01));
            run.Restore();
            run.Save(1).Wait();
        }

        using var other = Sequential(("wide", Linear(5, 3)));
        using var changed = Open();
        changed.Track("model", other);
        changed.Track("optimizer", SGD(other.parameters(), 0.01));
        var before = MemoryCheckpoint.Of(new ModulePart(other));

        var error = Assert.Throws<CheckpointMismatchException>(() => changed.Restore());

        Assert.Contains("wide.weight (float32 [3, 5]) is not in the checkpoint", error.Message);
        Assert.Contains("bias (float32 [3]) is in the checkpoint, but not in the program", error.Message);
        Assert.Contains("the optimizer is SGD, in the checkpoint Adam", error.Message);
        before.ShouldEqual(MemoryCheckpoint.Of(new ModulePart(other)));
    }

    [Fact]
    public void A_restored_thread_count_is_no_changed_condition()
    {
        var threads = get_num_threads();
        try
        {
            set_num_threads(1);
            using var model = Linear(4, 3);
            using (var run = Open())
            {
                run.Track("model", model);
                run.TrackRandomState();
                run.Restore();
                run.Save(1).Wait();
            }

            set_num_threads(2);
            using (var run = Open(strict: true))
            {
                run.Track("model", model);
                run.TrackRandomState();
                Assert.Equal(1, run.Restore());
                Assert.Equal(1, get_num_threads());
            }
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    private TrainingRun Open(bool strict = false) =>
        TrainingRun.Open(folder.Path, new() { Save = SaveSchedule.Never, Strict = strict, Logger = NullLogger.Instance });
}
