using Cairn.Checkpoints;

namespace ArrayTrainer;

/// <summary>Numbers that every step changes, in a way that depends on all steps before.</summary>
internal sealed class Weights(int size, string condition) : ICheckpointPart
{
    private readonly ulong[] data = new ulong[Math.Max(1, size / sizeof(ulong))];
    private long trained;

    public string Checksum => $"{data.Aggregate(17UL, (sum, value) => (sum * 31) + value):x16}-{trained}";

    /// <summary>Called with the number of trained steps whenever the state is asked for.</summary>
    public Action<long> WhenTaken { get; set; } = _ => { };

    public void Train()
    {
        trained++;
        for (var i = 0; i < data.Length; i++)
            data[i] = (data[i] * 6364136223846793005) + (ulong)i + 1442695040888963407;
    }

    public PartState Describe()
    {
        WhenTaken(trained);
        return new()
        {
            Tensors = [PartTensor.Of("data", DType.Int64, data)],
            Values = new Dictionary<string, PartValue>(StringComparer.Ordinal) { ["trained"] = PartValue.From(trained) },
            Conditions = new Dictionary<string, string>(StringComparer.Ordinal) { ["condition"] = condition },
        };
    }

    public IEnumerable<string> FindDifferences(PartRecord saved) => saved.DifferencesFrom(Describe().Tensors.Select(tensor => tensor.Info));

    public void Restore(PartReader saved)
    {
        saved.Read(Describe().Tensors);
        trained = saved.Record.Values["trained"].Integer!.Value;
    }
}
