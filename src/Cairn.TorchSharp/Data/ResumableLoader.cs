using Cairn.Checkpoints;
using Cairn.Runs;
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
/// As a part it saves no position, for the step says it. It saves what the order depends on (seed, count, global batch, shuffling)
/// and takes a change of these as a difference: the same step would be other samples. The number of ranks is none of these.
/// A random augmentation in <c>collate</c> is exact when it draws from torch's generator, and that is tracked; System.Random is not.
/// </remarks>
public sealed class ResumableLoader<T> : ICheckpointPart, IKnowsRanks, ICompanionPart
{
    private const string GlobalBatchName = "global_batch";

    private readonly Func<long[], T> collate;
    private string? remark;

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
        return new(step, epoch, index, index == BatchesPerEpoch - 1, Order.Batch(epoch, index), Order.SamplesIn(index), collate);
    }

    /// <inheritdoc/>
    public PartState Describe() => new()
    {
        Values = new Dictionary<string, PartValue>(StringComparer.Ordinal)
        {
            ["seed"] = PartValue.From(Order.Seed),
            ["count"] = PartValue.From(Order.Count),
            [GlobalBatchName] = PartValue.From((long)Order.GlobalBatch),
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
            var then = name == GlobalBatchName ? GlobalBatchOf(saved) : saved.Values.TryGetValue(name, out var value) ? value : PartValue.None;
            if (then != now)
                yield return $"{name} is {now}, in the checkpoint {then}";
        }
    }

    /// <summary>Puts nothing back: the step is the position.</summary>
    public void Restore(PartReader saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        if (PerRank(saved.Record) is (_, > 1 and var ranks) && Order.SamplesIn(BatchesPerEpoch - 1) is var last && last % ranks != 0)
            remark = $"the checkpoint is of a version that gave each of {ranks} ranks as many of the {last} samples of an epoch's last batch, and so took some of them twice: from now on each is taken once";
    }

    /// <inheritdoc/>
    IEnumerable<string> ICheckpointPart.TakeRemarks()
    {
        string[] remarks = remark is null ? [] : [remark];
        remark = null;
        return remarks;
    }

    /// <inheritdoc/>
    void IKnowsRanks.BeforeRestore(RankSeeds seeds)
    {
    }

    /// <inheritdoc/>
    IEnumerable<string> IKnowsRanks.AfterRestore(RankSeeds seeds, long step)
    {
        if (Order.WorldSize == 1 && seeds.Rank == 0)
            yield return $"each of the {seeds.WorldSize} ranks gets the whole of every batch, for the loader's order is that of one rank: new SampleOrder(..., rank: run.Rank, worldSize: run.WorldSize) shares batches out";
    }

    private static PartValue GlobalBatchOf(PartRecord saved) =>
        PerRank(saved) is var (samples, ranks) ? PartValue.From(samples * ranks)
        : saved.Values.TryGetValue(GlobalBatchName, out var global) ? global
        : PartValue.None;

    // Checkpoints of before name the samples on each rank, and the number of ranks.
    private static (long Samples, long Ranks)? PerRank(PartRecord saved) =>
        saved.Values.TryGetValue("batch_size", out var size) && saved.Values.TryGetValue("world_size", out var world)
        && size.Integer is { } samples and > 0 and <= int.MaxValue && world.Integer is { } ranks and > 0 and <= int.MaxValue
            ? (samples, ranks)
            : null;
}

/// <summary>Makes resumable loaders over TorchSharp's data sets.</summary>
public static class ResumableLoader
{
    /// <summary>A loader over a data set of named tensors, stacked to batches along a new first dimension.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="globalBatch">The samples in a batch, on all ranks together.</param>
    /// <param name="seed">What the shuffle depends on, together with the epoch.</param>
    /// <param name="shuffle">Whether each epoch has an order of its own.</param>
    /// <param name="dropLast">Whether a last batch that is not full is left out.</param>
    /// <param name="rank">This process's number among those that share the data, from 0.</param>
    /// <param name="worldSize">The number of processes that share the data.</param>
    /// <exception cref="ArgumentException">As <see cref="SampleOrder"/> says it.</exception>
    public static ResumableLoader<Dictionary<string, Tensor>> Of(
        Dataset dataset, int globalBatch, long seed, bool shuffle = true, bool dropLast = false, int rank = 0, int worldSize = 1)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return Of(dataset, new SampleOrder(dataset.Count, globalBatch, seed, shuffle, dropLast, rank, worldSize), Stack);
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
