using static TorchSharp.torch;

namespace Cairn;

/// <summary>One batch, and where in the training it stands.</summary>
/// <typeparam name="T">What the loader makes of the samples: a tensor, a tuple of tensors, anything.</typeparam>
/// <remarks>
/// Disposing a batch disposes the tensors that were made for it. The loop over <c>run.Batches(...)</c> does that when the step is
/// over; what is to live longer must be cloned.
/// </remarks>
public sealed class Batch<T> : IDisposable
{
    private readonly IDisposable[] made;

    internal Batch(long step, long epoch, long index, bool endsEpoch, long[] indices, long globalSamples, Func<long[], T> collate)
    {
        (Step, Epoch, Index, EndsEpoch, Indices, GlobalSamples) = (step, epoch, index, endsEpoch, indices, globalSamples);
        using var scope = NewDisposeScope();
        Data = collate(indices);
        // Out of every scope: it is the batch that owns them now.
        made = [.. scope.DisposablesView];
        scope.Detach(made);
    }

    /// <summary>The step, counted from 0 over all epochs.</summary>
    public long Step { get; }

    /// <summary>The epoch, from 0.</summary>
    public long Epoch { get; }

    /// <summary>The batch within its epoch, from 0.</summary>
    public long Index { get; }

    /// <summary>
    /// Whether this is the epoch's last batch. What is to happen at the end of an epoch (evaluation, a scheduler's step) belongs
    /// into the loop's body under this condition: then it is a part of the step, and done exactly once however the job is cut.
    /// </summary>
    public bool EndsEpoch { get; }

    /// <summary>The samples' indices into the data set, on this rank.</summary>
    public IReadOnlyList<long> Indices { get; }

    /// <summary>
    /// How many samples this rank has of the batch: never none, but not the same on every rank where the ranks don't divide the batch. So a mean
    /// over ranks is the sum of theirs, each times <c>Samples / GlobalSamples</c>.
    /// </summary>
    public long Samples => Indices.Count;

    /// <summary>How many samples the batch has on all ranks together: less than elsewhere in the last batch of an epoch.</summary>
    public long GlobalSamples { get; }

    /// <summary>The samples themselves, as the loader put them together.</summary>
    public T Data { get; }

    /// <summary>Disposes the tensors that were made for this batch.</summary>
    public void Dispose()
    {
        foreach (var tensor in made)
            tensor.Dispose();
    }
}
