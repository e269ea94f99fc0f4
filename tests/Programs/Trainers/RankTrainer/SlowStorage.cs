using Cairn.Checkpoints;

namespace RankTrainer;

/// <summary>A state that takes its time to be saved and restored, and says when that begins.</summary>
internal sealed class SlowStorage(int rank, TimeSpan save, TimeSpan restore) : ICheckpointPart
{
    private readonly long[] data = [17];

    public PartState Describe() => new() { Tensors = [new SlowTensor(this)] };

    public IEnumerable<string> FindDifferences(PartRecord saved) => saved.DifferencesFrom(Describe().Tensors.Select(tensor => tensor.Info));

    public void Restore(PartReader saved) => saved.Read(Describe().Tensors);

    private void Take(string what, TimeSpan time)
    {
        if (time == TimeSpan.Zero)
            return;
        Console.WriteLine($"rank {rank}: {what}");
        Thread.Sleep(time / 2);
        Console.WriteLine($"rank {rank}: still {what}");
        Thread.Sleep(time / 2);
    }

    private sealed class SlowTensor(SlowStorage storage) : PartTensor(new TensorInfo("state", DType.Int64, [1]))
    {
        private readonly PartTensor fast = Of("state", DType.Int64, storage.data);

        public override void CopyTo(long offset, Span<byte> destination)
        {
            storage.Take("saves", storage.Save);
            fast.CopyTo(offset, destination);
        }

        public override void CopyFrom(long offset, ReadOnlySpan<byte> source)
        {
            storage.Take("restores", storage.Load);
            fast.CopyFrom(offset, source);
        }
    }

    private TimeSpan Save => save;

    private TimeSpan Load => restore;
}
