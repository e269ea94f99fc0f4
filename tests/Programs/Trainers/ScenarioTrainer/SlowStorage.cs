using Cairn.Checkpoints;

namespace ScenarioTrainer;

/// <summary>A state that changes with every step and lies on slow storage: to read it takes its time, whatever the machine.</summary>
/// <param name="seconds">How long reading all of it takes.</param>
internal sealed class SlowStorage(double seconds) : ICheckpointPart
{
    private const int Count = 64 * 1024;
    private readonly long[] data = new long[Count];
    private int captures;

    public void Advance()
    {
        for (var i = 0; i < data.Length; i++)
            data[i] = unchecked((data[i] * 6364136223846793005) + i + 1442695040888963407);
    }

    /// <summary>A number that depends on all of it.</summary>
    public long Checksum => data.Aggregate(17L, (sum, value) => unchecked((sum * 31) + value));

    public PartState Describe() => new() { Tensors = [new SlowTensor(this)] };

    public IEnumerable<string> FindDifferences(PartRecord saved) => saved.DifferencesFrom(Describe().Tensors.Select(tensor => tensor.Info));

    public void Restore(PartReader saved) => saved.Read(Describe().Tensors);

    private sealed class SlowTensor(SlowStorage storage) : PartTensor(new TensorInfo("state", DType.Int64, [Count]))
    {
        private readonly PartTensor fast = Of("state", DType.Int64, storage.data);

        public override void CopyTo(long offset, Span<byte> destination)
        {
            if (offset == 0)
                Console.WriteLine($"capture {++storage.captures} begins");
            Thread.Sleep(TimeSpan.FromSeconds(storage.Seconds * destination.Length / Info.ByteCount));
            fast.CopyTo(offset, destination);
        }

        public override void CopyFrom(long offset, ReadOnlySpan<byte> source) => fast.CopyFrom(offset, source);
    }

    private double Seconds => seconds;
}
