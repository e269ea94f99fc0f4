using Cairn.Checkpoints;

namespace Cairn.TorchSharp.Tests;

public sealed class ValuePartTests
{
    [Fact]
    public void Plain_values_come_back_exactly()
    {
        var (count, best, done, note, none) = (long.MaxValue, double.NaN, true, (string?)"läuft", (string?)null);
        Dictionary<string, ICheckpointPart> parts = new(StringComparer.Ordinal)
        {
            ["count"] = ValuePart.Of(() => count, value => count = value),
            ["best"] = ValuePart.Of(() => best, value => best = value),
            ["done"] = ValuePart.Of(() => done, value => done = value),
            ["note"] = ValuePart.Of(() => note, value => note = value),
            ["none"] = ValuePart.Of(() => none, value => none = value),
        };
        var checkpoint = MemoryCheckpoint.Of(parts);
        (count, best, done, note, none) = (1, 2, false, "", "something");

        checkpoint.Restore(parts);

        Assert.Equal((long.MaxValue, double.NaN, true, "läuft", null), (count, best, done, note, none));
    }

    [Fact]
    public void Another_kind_of_value_is_a_difference_and_changes_nothing()
    {
        var count = 3L;
        var part = ValuePart.Of(() => count, value => count = value);
        Assert.StartsWith("it is a whole number, in the checkpoint", Assert.Single(MemoryCheckpoint.Of(ValuePart.Of(() => 0.5, _ => { })).Differences(part)));
        Assert.Equal(3, count);
    }
}
