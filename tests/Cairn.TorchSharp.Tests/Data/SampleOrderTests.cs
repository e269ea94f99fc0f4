namespace Cairn.TorchSharp.Tests;

public sealed class SampleOrderTests
{
    public static TheoryData<long, int, int, bool> Shapes
    {
        get
        {
            var shapes = new TheoryData<long, int, int, bool>();
            foreach (var count in new long[] { 1, 2, 7, 24, 25, 31 })
            {
                foreach (var batchSize in new[] { 1, 3, 8, 40 })
                {
                    foreach (var worldSize in new[] { 1, 2, 3, 5 })
                    {
                        shapes.Add(count, batchSize, worldSize, false);
                        if (count >= batchSize * worldSize)
                            shapes.Add(count, batchSize, worldSize, true);
                    }
                }
            }

            return shapes;
        }
    }

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

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Together_the_ranks_see_every_sample_and_each_gets_as_much(long count, int batchSize, int worldSize, bool dropLast)
    {
        SampleOrder[] ranks = [.. Enumerable.Range(0, worldSize).Select(rank => new SampleOrder(count, batchSize, 7, true, dropLast, rank, worldSize))];
        var batches = ranks[0].BatchesPerEpoch;
        Assert.All(ranks, rank => Assert.Equal(batches, rank.BatchesPerEpoch));

        var seen = new List<long>();
        for (long index = 0; index < batches; index++)
        {
            long[][] step = [.. ranks.Select(rank => rank.Batch(2, index))];
            Assert.All(step, batch => Assert.Equal(step[0].Length, batch.Length));
            Assert.InRange(step[0].Length, 1, batchSize);
            if (dropLast)
                Assert.Equal(batchSize, step[0].Length);
            seen.AddRange(step.SelectMany(batch => batch));
        }

        if (dropLast)
        {
            Assert.Equal(seen.Count, seen.Distinct().Count());
            Assert.InRange(count - seen.Count, 0, (long)batchSize * worldSize - 1);
        }
        else
        {
            Assert.Equal(count, seen.Distinct().Count());
            Assert.InRange(seen.Count - count, 0, worldSize - 1);
        }
    }

    [Fact]
    public void The_ranks_of_a_step_see_what_one_process_with_a_larger_batch_would_see()
    {
        var single = new SampleOrder(40, 12, seed: 7);
        var ranks = Enumerable.Range(0, 3).Select(rank => new SampleOrder(40, 4, seed: 7, rank: rank, worldSize: 3));
        Assert.Equal(single.Batch(1, 2), ranks.SelectMany(rank => rank.Batch(1, 2)));
    }

    [Fact]
    public void What_can_not_work_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleOrder(0, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleOrder(1, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleOrder(1L << 40, 1, 1));
        Assert.Equal((1L << 40) - 1, new SampleOrder(1L << 40, 1, 1, shuffle: false).Batch(0, (1L << 40) - 1).Single());
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleOrder(1, 1, 1, rank: 2, worldSize: 2));
        Assert.Contains("no batch", Assert.Throws<ArgumentException>(() => new SampleOrder(7, 4, 1, dropLast: true, worldSize: 2)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleOrder(7, 4, 1).Batch(0, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleOrder(7, 4, 1).Batch(-1, 0));
    }
}
