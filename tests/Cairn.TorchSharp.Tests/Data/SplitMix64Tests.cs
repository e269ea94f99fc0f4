namespace Cairn.TorchSharp.Tests;

public sealed class SplitMix64Tests
{
    [Fact]
    public void The_numbers_are_pinned_for_ever()
    {
        // Checked once against an implementation of its own in another language. A checkpoint of last year relies on them.
        var numbers = new SplitMix64(42, 3);
        Assert.Equal([0x7039D5EDFF5C435B, 0xAE5E5ABA5D624A79, 0x5C01F6615BFC9996], new[] { numbers.Next(), numbers.Next(), numbers.Next() });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void Numbers_below_a_bound_are_equally_likely(long bound)
    {
        const int Draws = 70_000;
        var numbers = new SplitMix64(1, 1);
        var counts = new int[bound];
        for (var draw = 0; draw < Draws; draw++)
            counts[numbers.Below(bound)]++;
        // Five standard deviations, for a seed that is always the same.
        var expected = (double)Draws / bound;
        Assert.All(counts, count => Assert.InRange(count, expected - 5 * Math.Sqrt(expected), expected + 5 * Math.Sqrt(expected)));
    }

    [Fact]
    public void The_uneven_rest_is_thrown_away()
    {
        // 2^64 numbers on 3 · 2^61 places: without throwing any away, every third place would get two where its neighbours get three.
        const int Draws = 10_000;
        var numbers = new SplitMix64(9, 9);
        var counts = new int[3];
        for (var draw = 0; draw < Draws; draw++)
            counts[numbers.Below(3L << 61) % 3]++;
        Assert.All(counts, count => Assert.InRange(count, 3333 - 240, 3333 + 240));
    }
}
