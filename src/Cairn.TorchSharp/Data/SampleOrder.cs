namespace Cairn;

/// <summary>Which samples make up which batch: a function of the seed, the epoch and the position, with nothing to remember.</summary>
/// <remarks>
/// <para>
/// An epoch's order is the Fisher–Yates shuffle (from the last place down) by a SplitMix64 stream of (seed, epoch). It takes 8
/// bytes a sample while the epoch lasts.
/// </para>
/// <para>
/// Batch b of an epoch is the next <c>batchSize · worldSize</c> samples of that order, and rank r takes the r-th slice: all ranks
/// together see the same samples at the same step as a single process with a batch that many times larger. Every rank gets the
/// same number of batches, of the same sizes. Where the last batch of the epoch has fewer samples, it is left out
/// (<see cref="DropLast"/>), or each rank gets an equal, smaller share; if the ranks don't divide the rest, at most
/// <c>worldSize - 1</c> places are filled with the first samples of the same epoch's order again.
/// </para>
/// </remarks>
public sealed class SampleOrder
{
    // Replaced as a whole, so that threads that prefetch see either epoch, never a mixture.
    private volatile Epoch? latest;

    /// <summary>Makes the order of a data set.</summary>
    /// <param name="count">The samples in the data set; to be shuffled, at most <see cref="Array.MaxLength"/>.</param>
    /// <param name="batchSize">The samples in a batch, on each rank.</param>
    /// <param name="seed">What the shuffle depends on, together with the epoch.</param>
    /// <param name="shuffle">Whether each epoch has an order of its own; else it is the data set's.</param>
    /// <param name="dropLast">Whether a last batch that is not full is left out.</param>
    /// <param name="rank">This process's number among those that share the data, from 0.</param>
    /// <param name="worldSize">The number of processes that share the data.</param>
    /// <exception cref="ArgumentOutOfRangeException">Count or batch size is not positive, the count too large to be shuffled, or the rank is none of the world's.</exception>
    /// <exception cref="ArgumentException">The last batch is dropped and there is no other.</exception>
    public SampleOrder(long count, int batchSize, long seed, bool shuffle = true, bool dropLast = false, int rank = 0, int worldSize = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (shuffle)
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Array.MaxLength);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(worldSize);
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, worldSize);
        (Count, BatchSize, Seed, Shuffle, DropLast, Rank, WorldSize) = (count, batchSize, seed, shuffle, dropLast, rank, worldSize);
        if (BatchesPerEpoch == 0)
            throw new ArgumentException($"{count} samples make no full batch of {batchSize} on each of {worldSize} ranks, and the last one is dropped: an epoch would have no batch", nameof(dropLast));
    }

    /// <summary>The samples in the data set.</summary>
    public long Count { get; }

    /// <summary>The samples in a batch, on each rank.</summary>
    public int BatchSize { get; }

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
    public long BatchesPerEpoch => Count / Stride + (DropLast || Count % Stride == 0 ? 0 : 1);

    private long Stride => (long)BatchSize * WorldSize;

    /// <summary>The samples of a batch.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="index">The batch within the epoch, from 0.</param>
    /// <returns>Indices into the data set, in an array of the caller's own.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such epoch or batch.</exception>
    public long[] Batch(long epoch, long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, BatchesPerEpoch);
        var first = index * Stride;
        // The last batch is shared out evenly, rounded up.
        var share = (Math.Min(Stride, Count - first) + WorldSize - 1) / WorldSize;
        var places = first + Rank * share;
        var order = Shuffle ? OrderOf(epoch) : null;
        var batch = new long[share];
        for (var i = 0; i < batch.Length; i++)
        {
            var place = (places + i) % Count;
            batch[i] = order is null ? place : order[place];
        }

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
