using CsCheck;

namespace Cairn.TorchSharp.Tests;

public sealed class SampleOrderTests
{
    [Fact]
    public void The_order_is_pinned_for_ever()
    {
        // Checked once against an implementation of its own in another language.
        Assert.Equal([3, 1, 2, 5, 6, 4, 0, 8, 7, 9], new SampleOrder(10, 10, seed: 7).Batch(0, 0));
        Assert.Equal([7, 9, 3, 6, 2, 4, 1, 8, 0, 5], new SampleOrder(10, 10, seed: 7).Batch(1, 0));
        Assert.Equal([6, 5, 9, 2, 3, 7, 8, 0, 1, 4], new SampleOrder(10, 10, seed: -1).Batch(0, 0));
    }

    [Fact]
    public void A_batch_depends_on_epoch_and_index_alone_not_on_what_was_asked_before()
    {
        var walked = new SampleOrder(24, 5, seed: 7);
        for (var epoch = 0; epoch < 3; epoch++)
        {
            for (var index = 0; index < 5; index++)
                Assert.Equal(new SampleOrder(24, 5, seed: 7).Batch(epoch, index), walked.Batch(epoch, index));
        }
    }

    [Fact]
    public void Every_epoch_has_an_order_of_its_own() =>
        Assert.Equal(50, Enumerable.Range(0, 50).Select(epoch => string.Join(' ', new SampleOrder(30, 30, seed: 7).Batch(epoch, 0))).Distinct().Count());

    [Fact]
    public void Every_order_is_equally_likely()
    {
        const int Epochs = 12_000;
        var counts = Enumerable.Range(0, Epochs).CountBy(epoch => string.Join(' ', new SampleOrder(4, 4, seed: 3).Batch(epoch, 0))).ToDictionary();
        Assert.Equal(24, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 500 - 112, 500 + 112));
    }

    [Fact]
    public void Without_shuffling_the_order_is_that_of_the_data_set()
    {
        var order = new SampleOrder(7, 3, seed: 7, shuffle: false);
        Assert.Equal([0, 1, 2], order.Batch(4, 0));
        Assert.Equal([6], order.Batch(4, 2));
    }

    [Fact]
    public void Cut_anywhere_and_gone_on_with_another_number_of_ranks_every_sample_of_the_epoch_is_seen_once() =>
        Gen.Select(Gen.Long[1, 300], Gen.Int[1, 64], Gen.Bool, Gen.Bool, Gen.Int[1, 12], Gen.Int[1, 12], Gen.Long[0, 300], Gen.Long[0, 3])
            .Where((count, batch, shuffle, dropLast, before, after, _, _) => IsPossible(count, batch, dropLast, Math.Max(before, after)))
            .Sample((count, batch, shuffle, dropLast, before, after, place, epoch) =>
            {
                SampleOrder Order(int rank, int of) => new(count, batch, seed: 7, shuffle, dropLast, rank, of);
                var batches = Order(0, 1).BatchesPerEpoch;
                var cut = place % (batches + 1);
                var seen = new List<long>();
                for (long index = 0; index < batches; index++)
                {
                    var ranks = index < cut ? before : after;
                    var shares = Enumerable.Range(0, ranks).Select(rank => Order(rank, ranks)).ToList();
                    Assert.All(shares, share => Assert.Equal(batches, share.BatchesPerEpoch));
                    long[][] step = [.. shares.Select(share => share.Batch(epoch, index))];
                    Assert.True(step.All(share => share.Length > 0) && step.Max(share => share.Length) - step.Min(share => share.Length) <= 1, $"shares of {string.Join(' ', step.Select(share => share.Length))}");
                    Assert.Equal(Order(0, 1).Batch(epoch, index), step.SelectMany(share => share)); // the very order of a single process
                    seen.AddRange(step.SelectMany(share => share));
                }

                Assert.Equal(dropLast ? batches * batch : count, seen.Count);
                Assert.Equal(seen.Count, seen.Distinct().Count());
                Assert.All(seen, sample => Assert.InRange(sample, 0, count - 1));
            }, iter: 2000);

    [Fact]
    public void Where_a_rank_would_have_nothing_to_do_the_order_is_refused()
    {
        Assert.Equal(
            "a global batch of 3 is too small for 4 ranks, each of which needs a sample of it: take a larger batch, or at most 3 ranks (Parameter 'globalBatch')",
            Assert.Throws<ArgumentException>(() => new SampleOrder(12, 3, 1, worldSize: 4)).Message);
        Assert.Equal(
            "13 samples in batches of 5 leave 3 for the last batch of an epoch, too few for 4 ranks, each of which needs one: leave that batch out (dropLast: true), take another batch, or at most 3 ranks (Parameter 'globalBatch')",
            Assert.Throws<ArgumentException>(() => new SampleOrder(13, 5, 1, worldSize: 4)).Message);
        Assert.Equal(2, new SampleOrder(13, 5, 1, dropLast: true, worldSize: 4).BatchesPerEpoch);
        Assert.Equal(3, new SampleOrder(13, 5, 1, worldSize: 3).BatchesPerEpoch);
    }

    [Fact]
    public void What_can_not_work_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleOrder(0, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleOrder(1, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleOrder(1L << 40, 1, 1));
        Assert.Equal((1L << 40) - 1, new SampleOrder(1L << 40, 1, 1, shuffle: false).Batch(0, (1L << 40) - 1).Single());
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleOrder(1, 1, 1, rank: 2, worldSize: 2));
        Assert.Contains("no batch", Assert.Throws<ArgumentException>(() => new SampleOrder(7, 8, 1, dropLast: true)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleOrder(7, 4, 1).Batch(0, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleOrder(7, 4, 1).Batch(-1, 0));
    }

    private static bool IsPossible(long count, int batch, bool dropLast, int ranks) =>
        batch >= ranks && (dropLast ? count >= batch : count % batch == 0 || count % batch >= ranks);
}
