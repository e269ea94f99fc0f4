using Cairn.Checkpoints;

namespace Cairn.Tests.Checkpoints;

/// <summary>A state with everything that shares must get right: tiny, odd, empty and long tensors, of several parts, some frozen, one that is nowhere in memory, some that each rank has for itself.</summary>
internal static class SharedState
{
    /// <summary>The parts, every byte of which follows from a number, and of what is rank 0's from the rank.</summary>
    public static Dictionary<string, ICheckpointPart> Of(long number, long frozen = 0, int rank = 0) => new()
    {
        ["model"] = new TestPart
        {
            Tensors =
            [
                Tensor("scalar", 1, number), Tensor("long", 150_000, number + 1), Tensor("odd", 4097, number + 2), Tensor("none", 0, number),
                Tensor("base", 60_001, frozen + 3, isFrozen: true), Tensor("even", 8192, number + 4), new UnpinnedTensor(Tensor("device", 21_000, number + 5)),
                PartTensor.Of("complex", DType.Complex64, [.. Enumerable.Range(0, 40).Select(i => (double)(i * number))]),
                Tensor("mean", 20_000, number + 6 + (1000 * rank), isOfFirstRank: true), Tensor("constant", 9000, frozen + 7 + (1000 * rank), isFrozen: true, isOfFirstRank: true),
            ],
            Values = new() { ["count"] = PartValue.From(number) },
        },
        ["optimizer"] = new TestPart { Tensors = [.. Enumerable.Range(0, 40).Select(i => Tensor($"state.{i}", i * 131 % 3000, number + i + 10 + (i == 30 ? 1000 * rank : 0), isOfFirstRank: i == 30))] },
        ["counter"] = new TestPart { Values = new() { ["n"] = PartValue.From(number) } },
    };

    /// <summary>All bytes of all parts.</summary>
    public static byte[] Bytes(Dictionary<string, ICheckpointPart> parts) => [.. parts.Values.SelectMany(part => ((TestPart)part).Bytes())];

    private static ArrayTensor<byte> Tensor(string name, int count, long seed, bool isFrozen = false, bool isOfFirstRank = false)
    {
        var bytes = new byte[count];
        new Random((int)(seed * 7919)).NextBytes(bytes);
        return new ArrayTensor<byte>(new TensorInfo(name, DType.UInt8, [count]), bytes) { Frozen = isFrozen, ChangesOnlyInOptimizerStep = !isOfFirstRank, OfFirstRank = isOfFirstRank };
    }
}
