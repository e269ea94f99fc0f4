namespace Cairn;

/// <summary>Which samples make up which batch: a function of the seed, the epoch and the position, with nothing to remember.</summary>
/// <remarks>
/// <para>
/// An epoch's order is the Fisher–Yates shuffle (from the last place down) by a SplitMix64 stream of (seed, epoch). It takes 8
/// bytes a sample while the epoch lasts.
/// </para>
/// <para>
/// Batch b of an epoch is the next <c>globalBatch</c> samples of that order, for all ranks together, and rank r of N takes the samples from
/// <c>globalBatch · r / N</c> up to <c>globalBatch · (r + 1) / N</c> of it, rounded down. So a step has the same samples however many ranks
/// share them, and training goes on with another number of ranks where it was: every sample of the epoch is seen exactly once. Where the
/// ranks don't divide the batch, shares differ by one sample; whoever averages over ranks weighs by <see cref="Batch{T}.Samples"/>. Every rank gets the
/// same number of batches, and none is ever without a sample. The last batch of an epoch has what is left, or is left out (<see cref="DropLast"/>).
/// </para>
/// </remarks>
public sealed class SampleOrder
{
    // Replaced as a whole, so that threads that prefetch see either epoch, never a mixture.
    private volatile Epoch? latest;

    /// <summary>Makes the order of a data set.</summary>
    /// <param name="count">The samples in the data set; to be shuffled, at most <see cref="Array.MaxLength"/>.</param>
    /// <param name="globalBatch">The samples in a batch, on all ranks together: at least one for each.</param>
    /// <param name="seed">What the shuffle depends on, together with the epoch.</param>
    /// <param name="shuffle">Whether each epoch has an order of its own; else it is the data set's.</param>
    /// <param name="dropLast">Whether a last batch that is not full is left out.</param>
    /// <param name="rank">This process's number among those that share the data, from 0.</param>
    /// <param name="worldSize">The number of processes that share the data.</param>
    /// <exception cref="ArgumentOutOfRangeException">Count or batch is not positive, the count too large to be shuffled, or the rank is none of the world's.</exception>
    /// <exception cref="ArgumentException">
    /// A rank would have no sample in some batch; or the last batch is dropped and there is no other.
    /// </exception>
    public SampleOrder(long count, int globalBatch, long seed, bool shuffle = true, bool dropLast = false, int rank = 0, int worldSize = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (shuffle)
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Array.MaxLength);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(globalBatch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(worldSize);
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, worldSize);
        if (globalBatch < worldSize)
            throw new ArgumentException($"a global batch of {globalBatch} is too small for {worldSize} ranks, each of which needs a sample of it: take a larger batch, or at most {globalBatch} ranks", nameof(globalBatch));
        (Count, GlobalBatch, Seed, Shuffle, DropLast, Rank, WorldSize) = (count, globalBatch, seed, shuffle, dropLast, rank, worldSize);
        if (BatchesPerEpoch == 0)
            throw new ArgumentException($"{count} samples make no full batch of {globalBatch}, and the last one is dropped: an epoch would have no batch", nameof(dropLast));
        if (SamplesIn(BatchesPerEpoch - 1) is var last && last < worldSize)
            throw new ArgumentException($"{count} samples in batches of {globalBatch} leave {last} for the last batch of an epoch, too few for {worldSize} ranks, each of which needs one: leave that batch out (dropLast: true), take another batch, or at most {last} ranks", nameof(globalBatch));
    }

    /// <summary>The samples in the data set.</summary>
    public long Count { get; }

    /// <summary>The samples in a batch, on all ranks together.</summary>
    public int GlobalBatch { get; }

    /// <summary>What the shuffle depends on, together with the epoch.</summary>
    public long Seed { get; }

    /// <summary>Whether each epoch has an order of its own; else it is the data set's.</summary>
    public bool Shuffle { get; }

    /// <summary>Whether a last batch that is not full is left out.</summary>
    public bool DropLast { get; }

    /// <summary>This process's number among those that share the data, from 0.</summary>
    public int Rank { get; }

    /// <summary>The number of processes that share the data.</summary>
    public int WorldSize { get; }

    /// <summary>The batches in an epoch, the same on every rank.</summary>
    public long BatchesPerEpoch => Count / GlobalBatch + (DropLast || Count % GlobalBatch == 0 ? 0 : 1);

    /// <summary>How many samples a batch of an epoch has, on all ranks together: less in the last one.</summary>
    internal long SamplesIn(long index) => Math.Min(GlobalBatch, Count - index * GlobalBatch);

    /// <summary>This rank's samples of a batch.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="index">The batch within the epoch, from 0.</param>
    /// <returns>Indices into the data set, in an array of the caller's own.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such epoch or batch.</exception>
    public long[] Batch(long epoch, long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, BatchesPerEpoch);
        var samples = SamplesIn(index);
        var (from, to) = (samples * Rank / WorldSize, samples * (Rank + 1) / WorldSize);
        var first = index * GlobalBatch + from;
        var order = Shuffle ? OrderOf(epoch) : null;
        var batch = new long[to - from];
        for (var i = 0; i < batch.Length; i++)
            batch[i] = order is null ? first + i : order[first + i];
        return batch;
    }

    private long[] OrderOf(long epoch)
    {
        if (latest is { } known && known.Number == epoch)
            return known.Order;
        var order = Permute(Count, Seed, epoch);
        latest = new Epoch(epoch, order);
        return order;
    }

    private static long[] Permute(long count, long seed, long epoch)
    {
        var order = new long[count];
        for (long i = 0; i < count; i++)
            order[i] = i;
        var random = new SplitMix64(seed, epoch);
        for (var last = count - 1; last > 0; last--)
        {
            var other = random.Below(last + 1);
            (order[last], order[other]) = (order[other], order[last]);
        }

        return order;
    }

    private sealed record Epoch(long Number, long[] Order);
}
