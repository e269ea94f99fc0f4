using Cairn.Checkpoints;

namespace Cairn.Tests.Checkpoints;

public sealed class RetentionTests
{
    private static readonly Dictionary<string, (RetentionPolicy Policy, long[] Deleted)> Table = new()
    {
        ["all"] = (Retention.KeepAll, []),
        ["the last one, but two stay"] = (Retention.KeepLast(1), [10, 20, 30]),
        ["the last three"] = (Retention.KeepLast(3), [10, 20]),
        ["the last hundred"] = (Retention.KeepLast(100), []),
        ["every 20"] = (Retention.KeepEvery(20), [10, 30]),
        ["every 1000, but two stay"] = (Retention.KeepEvery(1000), [10, 20, 30]),
        ["the lowest loss"] = (Retention.KeepBest("loss", 1), [10, 30]),
        ["the two lowest losses; of equals the newer"] = (Retention.KeepBest("loss", 2), [10]),
        ["the highest loss"] = (Retention.KeepBest("loss", 1, MetricGoal.Maximize), [20, 30]),
        ["whole numbers count too"] = (Retention.KeepBest("hits", 1, MetricGoal.Maximize), [10, 20]),
        ["a metric that nobody noted"] = (Retention.KeepBest("other", 5), [10, 20, 30]),
        ["text is no metric"] = (Retention.KeepBest("note", 5), [10, 20, 30]),
        ["the best, and every 30"] = (Retention.Any(Retention.KeepBest("loss", 1), Retention.KeepEvery(30)), [10]),
    };

    // Steps 10 to 50; the loss of 50 is NaN, 40 has none.
    private static readonly CheckpointSummary[] Checkpoints =
    [
        Of(10, ("loss", PartValue.From(9.0)), ("hits", PartValue.From(2L)), ("note", PartValue.From("x"))),
        Of(20, ("loss", PartValue.From(1.0)), ("hits", PartValue.From(3L))),
        Of(30, ("loss", PartValue.From(1.5)), ("hits", PartValue.From(7L))),
        Of(40),
        Of(50, ("loss", PartValue.From(double.NaN))),
    ];

    public static TheoryData<string> Cases => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_policy_deletes_what_it_does_not_keep_the_oldest_first(string name)
    {
        var (policy, deleted) = Table[name];

        Assert.Equal(deleted, RetentionPlan.StepsToDelete(policy, Checkpoints));
    }

    [Fact]
    public void Of_equal_values_the_newer_is_better()
    {
        CheckpointSummary[] equal = [.. Enumerable.Range(1, 5).Select(step => Of(step, ("loss", PartValue.From(1.0))))];

        Assert.Equal([5L, 4L, 3L], Retention.KeepBest("loss", 3).StepsToKeep([.. equal.Reverse()]));
        Assert.Equal([5L, 4L, 3L], Retention.KeepBest("loss", 3, MetricGoal.Maximize).StepsToKeep([.. equal.Reverse()]));
    }

    [Fact]
    public void Infinite_losses_are_the_worst() =>
        Assert.Equal([1L], Retention.KeepBest("loss", 1).StepsToKeep([Of(2, ("loss", PartValue.From(double.PositiveInfinity))), Of(1, ("loss", PartValue.From(1e300)))]));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Two_or_less_are_never_touched(int count) =>
        Assert.Empty(RetentionPlan.StepsToDelete(new KeepNothing(), Checkpoints.Take(count)));

    [Fact]
    public void A_policy_of_nothing_keeps_two() =>
        Assert.Equal([10L, 20L, 30L], RetentionPlan.StepsToDelete(new KeepNothing(), Checkpoints));

    [Fact]
    public void Policies_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Retention.KeepLast(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Retention.KeepEvery(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Retention.KeepBest("loss", 0));
        Assert.Throws<ArgumentException>(() => Retention.KeepBest("", 1));
        Assert.Throws<ArgumentException>(() => Retention.Any());
    }

    private static CheckpointSummary Of(long step, params (string Name, PartValue Value)[] metadata) =>
        new(step, metadata.ToDictionary(one => one.Name, one => one.Value));

    private sealed class KeepNothing : RetentionPolicy
    {
        public override IEnumerable<long> StepsToKeep(IReadOnlyList<CheckpointSummary> newestFirst) => [];
    }
}
