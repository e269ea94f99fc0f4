using Cairn.Checkpoints;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Shares;
using Cairn.Checkpoints.Writing;
using CsCheck;

namespace Cairn.Tests.Checkpoints;

/// <summary>Who writes what: a pure function.</summary>
public sealed class ShareRulesTests
{
    private const int Cut = 4096;
    private static readonly FormatLimits Small = new(Cut, 10 * Cut);

    [Fact]
    public void Shares_are_in_order_even_no_more_than_are_worth_it_and_spread_over_nodes() =>
        Gen.Select(Gen.Int[0, 30_000].Array[1, 12], Gen.Int[1, 12], Gen.Int[1, 5], Gen.Bool).Sample(
            (sizes, ranks, perNode, whole) =>
            {
                var plan = Plan(sizes);
                var rules = new ShareRules([.. Enumerable.Range(0, ranks).Select(rank => rank / perNode)], whole);
                var writers = rules.WritersOf(plan);

                Assert.Equal(plan.Segments.Length, writers.Length);
                Assert.Equal(writers.Order(), writers);
                Assert.All(writers, writer => Assert.InRange(writer, 0, ranks - 1));
                var some = writers.Distinct().ToList();
                var worth = (int)Math.Clamp((plan.PayloadBytes + Cut - 1) / Cut, 1, ranks);
                Assert.True(some.Count <= worth);
                Assert.Equal(writers, rules.WritersOf(Plan(sizes)));
                foreach (var segments in writers.Zip(plan.Segments).GroupBy(one => one.First))
                {
                    var bytes = segments.Sum(one => one.Second.Length);
                    Assert.True(whole || bytes <= (plan.PayloadBytes / worth) + Cut + 1, $"{bytes} of {plan.PayloadBytes} for one of {worth}");
                }

                if (whole)
                    Assert.All(writers.Zip(plan.Segments).GroupBy(one => one.Second.File), file => Assert.Single(file.Select(one => one.First).Distinct()));
            },
            iter: 2_000);

    [Fact]
    public void Few_writers_of_many_ranks_are_on_as_many_nodes()
    {
        var plan = Plan([4 * Cut]); // five segments with the header
        Assert.Equal([0, 4, 8, 12, 16], new ShareRules([.. Enumerable.Range(0, 32).Select(rank => rank / 4)]).WritersOf(plan));
        Assert.Equal([0, 1, 2, 8, 9], new ShareRules([0, 0, 0, 0, 0, 0, 0, 0, 1, 1]).WritersOf(plan));
        Assert.Equal([0, 0, 1, 1, 1], new ShareRules([0, 1]).WritersOf(plan));
        Assert.Equal([0, 0, 0, 0, 0], new ShareRules([0, 1], OneWriterPerFile: true).WritersOf(plan));
    }

    [Fact]
    public void What_is_of_the_first_rank_it_writes_whoever_writes_the_rest()
    {
        var plan = SavePlan.For(
            new Dictionary<string, ICheckpointPart>
            {
                ["optimizer"] = new TestPart { Tensors = [Tensor("a", 8 * Cut)] },
                ["model"] = new TestPart { Tensors = [Tensor("b", 4 * Cut), Tensor("mean", 10, isOfFirstRank: true), Tensor("c", 4 * Cut)] },
            },
            limits: Small);
        Assert.Equal(["mean", "b", "c"], plan.Files[1].Layout.Tensors.Select(tensor => tensor.Info.Name));
        var (writers, mean) = (new ShareRules([0, 1]).WritersOf(plan), plan.Segments.ToList().FindIndex(segment => segment is { File: 1, Tensors: > 0 }));
        Assert.Equal(0, writers[mean]);
        Assert.Equal([.. writers[..mean].Order(), .. writers[(mean + 1)..].Order()], [.. writers[..mean], .. writers[(mean + 1)..]]);
        Assert.InRange(writers.Sum(), (writers.Length / 2) - 1, (writers.Length / 2) + 1); // it counts for rank 0's share
        Assert.All(new ShareRules([0, 1], OneWriterPerFile: true).WritersOf(plan)[plan.FirstSegmentOf(1)..], writer => Assert.Equal(0, writer));
    }

    [Fact]
    public void In_as_many_saves_as_there_are_segments_a_rank_compares_all_that_it_does_not_write()
    {
        int[] writers = [0, 0, 1, 2, 2];
        for (var rank = 0; rank < 4; rank++)
        {
            var compared = Enumerable.Range(0, writers.Length).Select(save => ShareRules.ReplicaOf(writers, rank, save)!.Value).ToList();
            Assert.Equal(Enumerable.Range(0, writers.Length).Where(number => writers[number] != rank), compared.Distinct().Order());
        }

        Assert.Null(ShareRules.ReplicaOf([1, 1], 1, 7));
    }

    [Fact]
    public void A_state_without_tensors_has_no_shares() => Assert.Empty(new ShareRules([0, 0]).WritersOf(Plan([])));

    [Fact]
    public void Layouts_that_differ_have_other_hashes_and_the_first_differences_are_named()
    {
        var (one, other) = (Plan([3, 5000, 7]), Plan([3, 5000, 8]));
        Assert.Equal(LayoutDescription.HashOf(one, []), LayoutDescription.HashOf(Plan([3, 5000, 7]), []));
        Assert.NotEqual(LayoutDescription.HashOf(one, []), LayoutDescription.HashOf(other, []));
        Assert.Equal(
            ["rank 0 has p.safetensors: t2 (uint8 [7]), rank 3 has not", "rank 3 has p.safetensors: t2 (uint8 [8]), rank 0 has not"],
            LayoutDescription.Differences(LayoutDescription.Of(one, []), "rank 0", LayoutDescription.Of(other, []), "rank 3"));
        Assert.Empty(LayoutDescription.Differences(LayoutDescription.Of(one, []), "rank 0", LayoutDescription.Of(one, []), "rank 3"));
        Assert.Equal(6, LayoutDescription.Differences(LayoutDescription.Of(Plan([.. Enumerable.Range(0, 90)]), []), "a", LayoutDescription.Of(one, []), "b").Count);
    }

    [Theory]
    [InlineData("order")]
    [InlineData("complex")]
    [InlineData("part")]
    [InlineData("frozen")]
    public void So_do_those_that_differ_in(string what)
    {
        Dictionary<string, ICheckpointPart> parts = new() { ["a"] = TestPart.Model(1), ["b"] = new TestPart { Tensors = [PartTensor.Of("c", DType.Complex64, new double[3], 3)] } };
        var one = SavePlan.For(parts);
        switch (what)
        {
            case "order":
                ((TestPart)parts["a"]).Tensors.Add(PartTensor.Of("more", DType.Float32, new float[2]));
                one = SavePlan.For(parts);
                ((TestPart)parts["a"]).Tensors.Reverse();
                break;
            case "complex":
                parts["b"] = new TestPart { Tensors = [PartTensor.Of("c", DType.Float32, new float[6], 3, 2)] }; // safetensors has no word for the difference
                break;
            case "part":
                parts["c"] = new TestPart();
                break;
            default:
                ((TestPart)parts["a"]).Tensors[2] = PartTensor.Of("embedding", DType.Int16, new short[50]);
                break;
        }

        var other = SavePlan.For(parts);
        Assert.NotEqual(LayoutDescription.HashOf(one, []), LayoutDescription.HashOf(other, []));
        Assert.NotEmpty(LayoutDescription.Differences(LayoutDescription.Of(one, []), "rank 0", LayoutDescription.Of(other, []), "rank 1"));
    }

    [Fact]
    public void Messages_come_back_as_they_were_and_what_is_none_is_refused()
    {
        ContentHash[] hashes = [ContentHash.Of("a"u8), ContentHash.Of("b"u8)];
        var order = new ShareOrder(7, ".saving-x", hashes[0], new Dictionary<int, ContentHash> { [3] = hashes[1] });
        Assert.Equivalent(order, ShareOrder.FromBytes(order.ToBytes()), strict: true);
        var result = new ShareResult(5, new Dictionary<int, ContentHash[]> { [2] = hashes, [4] = [] }, [9]) { Error = "no", IsFull = true, Changed = [1, 2], Replicas = new Dictionary<int, ContentHash> { [6] = hashes[1] } };
        Assert.Equivalent(result, ShareResult.FromBytes(result.ToBytes()), strict: true);
        var states = new RankStates(4, [[1, 2, 3], []]);
        Assert.Equivalent(states, RankStates.FromBytes(states.ToBytes()), strict: true);
        Assert.Throws<InvalidDataException>(() => RankStates.FromBytes(states.ToBytes()[..^1]));
        Gen.Byte.Array[0, 60].Sample(bytes => Record.Exception(() => RankStates.FromBytes(bytes)) is null or InvalidDataException, iter: 2_000);
        var sets = new FrozenSets(new Dictionary<string, IReadOnlyCollection<string>> { ["model"] = ["a", "b"], ["x"] = [] });
        Assert.Equivalent(sets, FrozenSets.FromBytes(sets.ToBytes()), strict: true);
        Assert.Throws<InvalidDataException>(() => ShareOrder.FromBytes((order with { Folder = "../checkpoints" }).ToBytes()));
        Assert.Throws<InvalidDataException>(() => ShareOrder.FromBytes((order with { Folder = ".saving-/../x" }).ToBytes()));
        Assert.Throws<InvalidDataException>(() => ShareResult.FromBytes([.. result.ToBytes(), 0]));
        foreach (var length in Enumerable.Range(0, result.ToBytes().Length - 1))
            Assert.Throws<InvalidDataException>(() => ShareResult.FromBytes(result.ToBytes()[..length]));
        Gen.Byte.Array[0, 60].Sample(bytes => Record.Exception(() => ShareResult.FromBytes(bytes)) is null or InvalidDataException, iter: 2_000);
    }

    private static SavePlan Plan(int[] sizes) => SavePlan.For(
        new Dictionary<string, ICheckpointPart>
        {
            ["p"] = new TestPart { Tensors = [.. sizes.Select((size, i) => Tensor($"t{i}", size))] },
        },
        limits: Small);

    private static ArrayTensor<byte> Tensor(string name, int size, bool isOfFirstRank = false) =>
        new(new TensorInfo(name, DType.UInt8, [size]), new byte[size]) { OfFirstRank = isOfFirstRank };
}
