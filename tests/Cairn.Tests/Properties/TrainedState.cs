using Cairn.Checkpoints;

namespace Cairn.Tests.Properties;

/// <summary>A small state, every element of which follows from the step, and from how often a program changed it besides training.</summary>
internal sealed class TrainedState
{
    private const int Count = 4096;
    private readonly long[] generator = new long[Count];
    private readonly long[] discriminator = new long[Count];
    private readonly long[] buffer = new long[16];

    /// <summary>Trained steps.</summary>
    public long Step { get; set; }

    /// <summary>How often it was changed without a step.</summary>
    public long Variant { get; set; }

    /// <summary>Called when a save takes the state.</summary>
    public Action OnTaken { get; set; } = () => { };

    public Dictionary<string, ICheckpointPart> Parts => new(StringComparer.Ordinal)
    {
        ["step"] = new ValuePart<long>(
            () =>
            {
                OnTaken();
                return Step;
            },
            value => Step = value),
        ["variant"] = new ValuePart<long>(() => Variant, value => Variant = value),
        ["model"] = new TestedModel(
        [
            Optimized("discriminator", discriminator), Optimized("generator", generator),
            new ArrayTensor<long>(new TensorInfo("buffer", DType.Int64, [buffer.Length]), buffer),
        ]),
    };

    public static TrainedState At(long step, long variant)
    {
        var state = new TrainedState { Step = step, Variant = variant };
        state.FillAll();
        return state;
    }

    /// <summary>What a forward pass changes.</summary>
    public void Forward() => Fill(buffer, Step + 1);

    /// <summary>The first of two optimizers.</summary>
    public void StepDiscriminator() => Fill(discriminator, Step + 1);

    /// <summary>The second of two optimizers; the step is complete then.</summary>
    public void StepGenerator()
    {
        Fill(generator, Step + 1);
        Step++;
    }

    /// <summary>Changes everything without a step.</summary>
    public void Change()
    {
        Variant++;
        FillAll();
    }

    /// <summary>What is not as it must be after that step; null when all is.</summary>
    public string? Problem(long step)
    {
        if (Step != step)
            return $"it is the state after {Step} steps";
        foreach (var (name, data) in new[] { ("discriminator", discriminator), ("generator", generator), ("buffer", buffer) })
        {
            for (var i = 0; i < data.Length; i++)
            {
                if (data[i] != Element(step, i))
                    return $"{name}[{i}] is that of step {(data[i] - i) / 10_000 % 1000}, variant {(data[i] - i) / 10_000_000}; the counter is of step {Step}, variant {Variant}";
            }
        }

        return null;
    }

    private static ArrayTensor<long> Optimized(string name, long[] data) =>
        new ArrayTensor<long>(new TensorInfo(name, DType.Int64, [data.Length]), data) { ChangesOnlyInOptimizerStep = true };

    private long Element(long step, int index) => index + (10_000 * step) + (10_000_000 * Variant);

    private void Fill(long[] data, long step)
    {
        for (var i = 0; i < data.Length; i++)
            data[i] = Element(step, i);
    }

    private void FillAll()
    {
        foreach (var data in new[] { discriminator, generator, buffer })
            Fill(data, Step);
    }

    private sealed class TestedModel(List<PartTensor> tensors) : ICheckpointPart
    {
        public PartState Describe() => new() { Tensors = tensors };

        public IEnumerable<string> FindDifferences(PartRecord saved) => saved.DifferencesFrom(tensors.Select(tensor => tensor.Info));

        public void Restore(PartReader saved) => saved.Read(tensors);
    }
}
