using System.Numerics;
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
            ["count"] = new ValuePart<long>(() => count, value => count = value),
            ["best"] = new ValuePart<double>(() => best, value => best = value),
            ["done"] = new ValuePart<bool>(() => done, value => done = value),
            ["note"] = new ValuePart<string?>(() => note, value => note = value),
            ["none"] = new ValuePart<string?>(() => none, value => none = value),
        };
        var checkpoint = MemoryCheckpoint.Of(parts);
        (count, best, done, note, none) = (1, 2, false, "", "something");

        checkpoint.Restore(parts);

        Assert.Equal((long.MaxValue, double.NaN, true, "läuft", null), (count, best, done, note, none));
    }

    [Fact]
    public void Values_of_every_known_type_come_back_exactly()
    {
        Check(int.MinValue, 1);
        Check((byte)255, (byte)1);
        Check(uint.MaxValue, 1u);
        Check(ulong.MaxValue, 1ul);
        Check(0.1f, 1f);
        Check(float.NegativeInfinity, 1f);
        Check(-0.0f, 1f);
        Check((Half)0.3, Half.One);
        Check(79228162514264337593543950335m, 1m);
        Check(1.10m, 1m);
        Check(Int128.MinValue, Int128.One);
        Check(UInt128.MaxValue, UInt128.One);
        Check(BigInteger.Pow(7, 100), BigInteger.One);
        Check(nint.MaxValue, (nint)1);
        Check(nuint.MaxValue, (nuint)1);
        Check(new Complex(0.1, -0.2), Complex.One);
        Check('\uD800', 'a');
        Check(Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"), Guid.Empty);
        Check(TimeSpan.FromTicks(long.MaxValue), TimeSpan.Zero);
        Check(new DateTimeOffset(638000000000000001, TimeSpan.FromHours(5.5)), DateTimeOffset.UnixEpoch);
        Check(DayOfWeek.Saturday, DayOfWeek.Monday);
        Check(AttributeTargets.Class | AttributeTargets.Field, AttributeTargets.All);
        Check<double?>(0.1, null);
        Check<double?>(null, 0.1);
        Check<DayOfWeek?>(null, DayOfWeek.Monday);

        static void Check<T>(T value, T other)
        {
            var current = value;
            var part = new ValuePart<T>(() => current, restored => current = restored);
            var checkpoint = MemoryCheckpoint.Of(part);
            current = other;
            Assert.Empty(checkpoint.Differences(part));
            checkpoint.Restore(part);
            Assert.Equal(value, current);
            Assert.Equal(value?.ToString(), current?.ToString()); // the sign of zero, the digits of a decimal
        }
    }

    [Fact]
    public void A_value_of_another_type_is_a_difference_and_changes_nothing()
    {
        Check("it is a value of the type Int64, in the checkpoint it is 0.5, which is none of that type", 0.5, 3L);
        Check("it is a value of the type Byte, in the checkpoint it is 300, which is none of that type", 300L, (byte)1);
        Check("it is a value of the type Single, in the checkpoint it is 0.1, which is none of that type", 0.1, 1f);
        Check("it is a value of the type Double, in the checkpoint it is none, which is none of that type", (double?)null, 1.0);
        Check("it is a value of the type DayOfWeek, in the checkpoint it is Caturday, which is none of that type", "Caturday", DayOfWeek.Monday);
        Check(null, 300L, 1);
        Check(null, 1.0, (double?)2);

        static void Check<TSaved, T>(string? difference, TSaved saved, T now)
        {
            var current = now;
            var found = MemoryCheckpoint.Of(new ValuePart<TSaved>(() => saved, _ => { })).Differences(new ValuePart<T>(() => current, value => current = value));
            Assert.Equal(difference is null ? [] : [difference], found);
            Assert.Equal(now, current);
        }
    }

    [Fact]
    public void What_is_no_plain_value_is_refused_at_once()
    {
        Assert.StartsWith("a value of the type Single[] can't be tracked by its getter and setter", Refusal<float[]>());
        Assert.StartsWith("a value of the type Object can't be tracked", Refusal<object>());
        Assert.StartsWith("a value of the type DateTime can't be tracked", Refusal<DateTime>());

        static string Refusal<T>() => Assert.Throws<UntrackableStateException>(() => new ValuePart<T>(() => default!, _ => { })).Message;
    }
}
