using Cairn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.utils.data;

namespace Cairn;

/// <summary>
/// A data loader whose position is the step: batch by batch in an order that depends on seed and epoch alone, so that training
/// goes on with exactly the batch that comes next, in the middle of an epoch too.
/// </summary>
/// <typeparam name="T">What the samples of a batch are put together to.</typeparam>
/// <remarks>
/// As a part it saves no position, for the step says it. It saves what the order depends on (seed, count, batch size, world
/// size, shuffling) and takes a change of these as a difference: the same step would be other samples.
/// A random augmentation in <c>collate</c> is exact when it draws from torch's generator, and that is tracked; System.Random is not.
/// </remarks>
public sealed class ResumableLoader<T> : ICheckpointPart
{
    private readonly Func<long[], T> collate;

    /// <summary>Makes a loader.</summary>
    /// <param name="order">Which samples make up which batch.</param>
    /// <param name="collate">Makes a batch of the samples with these indices; called once a step, on the loop's thread.</param>
    public ResumableLoader(SampleOrder order, Func<long[], T> collate)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(collate);
        (Order, this.collate) = (order, collate);
    }

    /// <summary>Which samples make up which batch.</summary>
    public SampleOrder Order { get; }

    /// <summary>The batches, and so the steps, in an epoch.</summary>
    public long BatchesPerEpoch => Order.BatchesPerEpoch;

    /// <summary>The batch of a step.</summary>
    /// <param name="step">The step, counted from 0 over all epochs.</param>
    /// <returns>The batch; dispose it when its tensors are no longer needed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public Batch<T> At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        var (epoch, index) = Math.DivRem(step, BatchesPerEpoch);
        return new(step, epoch, index, index == BatchesPerEpoch - 1, Order.Batch(epoch, index), collate);
    }

    /// <inheritdoc/>
    public PartState Describe() => new()
    {
        Values = new Dictionary<string, PartValue>(StringComparer.Ordinal)
        {
            ["seed"] = PartValue.From(Order.Seed),
            ["count"] = PartValue.From(Order.Count),
            ["batch_size"] = PartValue.From((long)Order.BatchSize),
            ["world_size"] = PartValue.From((long)Order.WorldSize),
            ["shuffle"] = PartValue.From(Order.Shuffle),
            ["drop_last"] = PartValue.From(Order.DropLast),
        },
    };

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        foreach (var (name, now) in Describe().Values)
        {
            var then = saved.Values.TryGetValue(name, out var value) ? value : PartValue.None;
            if (then != now)
                yield return $"{name} is {now}, in the checkpoint {then}";
        }
    }

    /// <summary>Does nothing: the step is the position.</summary>
    public void Restore(PartReader saved)
    {
    }
}

/// <summary>Makes resumable loaders over TorchSharp's data sets.</summary>
public static class ResumableLoader
{
    /// <summary>A loader over a data set of named tensors, stacked to batches along a new first dimension.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="batchSize">The samples in a batch, on each rank.</param>
    /// <param name="seed">What the shuffle depends on, together with the epoch.</param>
    /// <param name="shuffle">Whether each epoch has an order of its own.</param>
    /// <param name="dropLast">Whether a last batch that is not full is left out.</param>
    public static ResumableLoader<Dictionary<string, Tensor>> Of(Dataset dataset, int batchSize, long seed, bool shuffle = true, bool dropLast = false)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return Of(dataset, new SampleOrder(dataset.Count, batchSize, seed, shuffle, dropLast), Stack);
    }

    /// <summary>A loader over any data set of TorchSharp's.</summary>
    /// <typeparam name="TSample">One sample.</typeparam>
    /// <typeparam name="T">A batch.</typeparam>
    /// <param name="dataset">The data set.</param>
    /// <param name="order">Which samples make up which batch; its count is the data set's.</param>
    /// <param name="collate">Puts samples together to a batch.</param>
    /// <exception cref="ArgumentException">The order is not over as many samples as the data set has.</exception>
    public static ResumableLoader<T> Of<TSample, T>(Dataset<TSample> dataset, SampleOrder order, Func<IReadOnlyList<TSample>, T> collate)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(collate);
        if (order.Count != dataset.Count)
            throw new ArgumentException($"the order is over {order.Count} samples, the data set has {dataset.Count}", nameof(order));
        return new(order, indices => collate([.. indices.Select(dataset.GetTensor)]));
    }

    private static Dictionary<string, Tensor> Stack(IReadOnlyList<Dictionary<string, Tensor>> samples) =>
        samples[0].Keys.ToDictionary(key => key, key => stack(samples.Select(sample => sample[key])), StringComparer.Ordinal);
}
