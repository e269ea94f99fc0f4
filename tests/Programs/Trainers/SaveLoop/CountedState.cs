using Cairn.Checkpoints;

namespace SaveLoop;

/// <summary>A state of which every byte follows from the step, so that a mixture of two steps can't pass for one of them.</summary>
internal sealed class CountedState(int bytes) : ICheckpointPart
{
    private readonly long[] changing = new long[bytes / sizeof(long)];
    private readonly long[] frozen = [.. Enumerable.Range(0, 64)];
    private long current;

    public void AdvanceTo(long step)
    {
        current = step;
        for (var i = 0; i < changing.Length; i++)
            changing[i] = ValueAt(step, i);
    }

    public void CheckIsOf(long step)
    {
        var wrong = current == step ? FirstWrong(step) : 0;
        if (wrong >= 0)
            throw new InvalidOperationException($"the state restored as step {step} is not that step's (element {wrong}, counter {current})");
    }

    public PartState Describe() => new()
    {
        Tensors =
        [
            PartTensor.Of("changing", DType.Int64, changing),
            new ArrayTensor<long>(new TensorInfo("frozen", DType.Int64, [frozen.Length]), frozen) { Frozen = true },
        ],
        Values = new Dictionary<string, PartValue> { ["step"] = PartValue.From(current) },
    };

    public IEnumerable<string> FindDifferences(PartRecord saved) => saved.DifferencesFrom(Describe().Tensors.Select(tensor => tensor.Info));

    public void Restore(PartReader saved)
    {
        saved.Read([.. Describe().Tensors]);
        current = saved.Record.Values["step"].Integer!.Value;
    }

    private static long ValueAt(long step, int index) => unchecked((step * 0x5851F42D4C957F2D) + index);

    private int FirstWrong(long step)
    {
        for (var i = 0; i < changing.Length; i++)
        {
            if (changing[i] != ValueAt(step, i))
                return i;
        }

        return -1;
    }
}
