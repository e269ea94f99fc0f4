using Cairn.Checkpoints;
using CsCheck;

namespace Cairn.Tests.Checkpoints;

public sealed class PartValueRoundTripTests
{
    private static readonly Gen<double> Doubles = Gen.OneOf(
        Gen.Long.Select(BitConverter.Int64BitsToDouble),
        Gen.Double,
        Gen.OneOf(0.0, -0.0, double.NaN, -double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, double.MaxValue, 1.0, 1e23, BitConverter.Int64BitsToDouble(0x7FF0_0000_0000_0001), BitConverter.Int64BitsToDouble(0x7FF8_0000_DEAD_BEEF)));

    // Any sixteen bits are a char, half surrogate pairs among them.
    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Int[0, 0xFFFF].Select(c => (char)c).Array[0, 8].Select(chars => new string(chars)),
        Gen.OneOf("", "real", "{\"real\":1}", "\0", "😀", "$id", "</script>"));

    private static readonly Gen<PartValue> Leaves = Gen.OneOf(
        Gen.Const(PartValue.None),
        Gen.Bool.Select(value => PartValue.From((bool?)value)),
        Gen.Long.Select(value => PartValue.From((long?)value)),
        Gen.OneOf(long.MinValue, long.MaxValue).Select(value => PartValue.From((long?)value)),
        Doubles.Select(value => PartValue.From((double?)value)),
        Texts.Select(value => PartValue.From(value)));

    private static readonly Gen<PartValue> Lists = Leaves.Array[0, 4].Select(items => PartValue.From(items));

    private static readonly Gen<PartValue> Values = Gen.OneOf(Leaves, Lists, Gen.OneOf(Leaves, Lists).Array[0, 3].Select(items => PartValue.From(items)));

    private static readonly Gen<string> Keys = Gen.OneOf(
        Gen.String[Gen.Char[' ', '~'], 1, 6],
        Gen.OneOf("$id", "$type", "$values", "real", "bits", "", "loss/ä", "a\"b\\c", "\u2028"));

    [Fact]
    public void Every_value_comes_back_as_the_same_kind_with_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        var store = Stores.At(folder.Path);
        var step = 0L;

        Gen.Dictionary(Keys, Values)[0, 6].Sample(
            values =>
            {
                var part = new TestPart { Values = values };
                var parts = new Dictionary<string, ICheckpointPart> { ["p"] = part };
                var saved = store.Save(Interlocked.Increment(ref step), parts, Stores.Attempt(1), values).Wait();
                part.Values = [];
                var outcome = store.Restore(parts)!;
                Directory.Delete(saved.Path, recursive: true);
                return Same(values, part.Values) && Same(values, outcome.Record.Metadata);
            },
            iter: 300,
            threads: 1);
    }

    private static bool Same(Dictionary<string, PartValue> expected, IReadOnlyDictionary<string, PartValue> actual) =>
        expected.Count == actual.Count && expected.All(one => actual.TryGetValue(one.Key, out var value) && value.Equals(one.Value));
}
