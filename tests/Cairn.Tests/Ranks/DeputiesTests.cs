using Cairn.Ranks;
using CsCheck;

namespace Cairn.Tests.Ranks;

/// <summary>Who stands in for rank 0: a pure function of who is where.</summary>
public sealed class DeputiesTests
{
    [Theory]
    [InlineData(2, "0 0", "1")]
    [InlineData(2, "0 1", "1")]
    [InlineData(3, "0 0 0", "1 2")]
    [InlineData(8, "0 0 0 0 0 0 0 0", "1 2 3")]
    [InlineData(8, "0 0 0 0 1 1 1 1", "4 1 2")]
    [InlineData(8, "0 0 1 1 2 2 3 3", "2 4 6")]
    [InlineData(8, "0 1 0 1 0 1 0 1", "1 2 3")]
    [InlineData(8, "0 1 2 0 1 2 0 1", "1 2 3")]
    [InlineData(6, "0 0 0 0 0 1", "5 1 2")]
    [InlineData(40, "", "1 2 3")]
    [InlineData(2, "", "1")]
    public void The_first_of_each_other_node_comes_first_and_then_those_beside_rank_0(int size, string nodes, string deputies) =>
        Assert.Equal(deputies, string.Join(' ', Deputies.Of([.. nodes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)], size)));

    [Fact]
    public void Whatever_node_is_gone_as_a_whole_somebody_stands_in() =>
        Gen.Select(Gen.Int[0, 5].Array[1, 40], Gen.Int[0, 5]).Sample((nodes, gone) =>
        {
            var deputies = Deputies.Of(nodes, nodes.Length);
            Assert.Equal(Math.Min(3, nodes.Length - 1), deputies.Distinct().Count());
            Assert.DoesNotContain(0, deputies);
            if (nodes[0] == gone && Array.Exists(nodes, node => node != gone))
                Assert.Contains(deputies, rank => nodes[rank] != gone);
        });

    [Fact]
    public void Of_many_nodes_three_stand_in() =>
        Assert.Equal([8, 16, 24], Deputies.Of([.. Enumerable.Range(0, 80).Select(rank => rank / 8)], 80));
}
