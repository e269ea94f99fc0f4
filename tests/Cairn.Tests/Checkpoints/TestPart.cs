using Cairn.Checkpoints;

namespace Cairn.Tests.Checkpoints;

/// <summary>A part that has what the test gives it, and takes back everything that was saved.</summary>
internal sealed class TestPart : ICheckpointPart
{
    public List<PartTensor> Tensors { get; init; } = [];

    public Dictionary<string, PartValue> Values { get; set; } = [];

    public Dictionary<string, string> Conditions { get; init; } = [];

    /// <summary>What to do right before the tensors are read at a restore.</summary>
    public Action BeforeRead { get; init; } = () => { };

    public bool Restored { get; private set; }

    /// <summary>A model of two changing tensors and a frozen one, every element of which follows from a number.</summary>
    public static TestPart Model(long number) => new()
    {
        Tensors =
        [
            PartTensor.Of("weight", DType.Float32, [.. Enumerable.Range(0, 120).Select(i => (number * 1000f) + i)], 12, 10),
            PartTensor.Of("bias", DType.Int64, [.. Enumerable.Range(0, 10).Select(i => (number * 1000) + i)]),
            Frozen("embedding", [.. Enumerable.Range(0, 50).Select(i => (short)i)]),
        ],
        Values = new() { ["count"] = PartValue.From(number), ["rate"] = PartValue.From(1.0 / (number + 1)) },
    };

    public static Dictionary<string, ICheckpointPart> OnlyModel(long number) => new() { ["model"] = Model(number) };

    public static PartTensor Frozen(string name, short[] data) =>
        new ArrayTensor<short>(new TensorInfo(name, DType.Int16, [data.Length]), data) { Frozen = true };

    public PartState Describe() => new() { Tensors = Tensors, Values = Values, Conditions = Conditions };

    public IEnumerable<string> FindDifferences(PartRecord saved) => saved.DifferencesFrom(Tensors.Select(tensor => tensor.Info));

    public void Restore(PartReader saved)
    {
        Restored = true;
        BeforeRead();
        saved.Read(Tensors);
        Values = new(saved.Record.Values);
    }

    /// <summary>All bytes of all tensors.</summary>
    public byte[] Bytes() => [.. Tensors.SelectMany(BytesOf)];

    public static byte[] BytesOf(PartTensor tensor)
    {
        var bytes = new byte[tensor.Info.ByteCount];
        tensor.CopyTo(0, bytes);
        return bytes;
    }

    public bool IsModelOf(long number)
    {
        var expected = Model(number);
        return Bytes().AsSpan().SequenceEqual(expected.Bytes()) && Values.OrderBy(v => v.Key).SequenceEqual(expected.Values.OrderBy(v => v.Key));
    }
}
