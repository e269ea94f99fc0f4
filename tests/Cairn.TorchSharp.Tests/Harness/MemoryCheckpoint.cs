using Cairn.Checkpoints;

namespace Cairn.TorchSharp.Tests;

/// <summary>Does in memory what the store does on disk: describe and copy at a save; compare all parts, then restore them.</summary>
internal sealed class MemoryCheckpoint
{
    private readonly Dictionary<string, PartRecord> records = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> tensors = new(StringComparer.Ordinal);

    private MemoryCheckpoint()
    {
    }

    /// <summary>The size of the pieces in which tensors are copied; the element is larger where it does not fit.</summary>
    public static int PieceSize { get; } = 48;

    public IReadOnlyDictionary<string, PartRecord> Records => records;

    public IReadOnlyDictionary<string, byte[]> Tensors => tensors;

    public static MemoryCheckpoint Of(ICheckpointPart part) => Of(new Dictionary<string, ICheckpointPart>(StringComparer.Ordinal) { ["part"] = part });

    public static MemoryCheckpoint Of(IReadOnlyDictionary<string, ICheckpointPart> parts)
    {
        var checkpoint = new MemoryCheckpoint();
        foreach (var (name, part) in parts)
        {
            var state = part.Describe();
            checkpoint.records.Add(name, new PartRecord(name, [.. state.Tensors.Select(tensor => tensor.Info)], state.Values));
            foreach (var tensor in state.Tensors)
                checkpoint.tensors.Add($"{name}/{tensor.Info.Name}", BytesOf(tensor));
        }

        return checkpoint;
    }

    public static byte[] BytesOf(PartTensor tensor)
    {
        var bytes = new byte[tensor.Info.ByteCount];
        foreach (var (offset, length) in Pieces(tensor.Info))
            tensor.CopyTo(offset, bytes.AsSpan(offset, length));
        return bytes;
    }

    public static void Fill(PartTensor tensor, byte[] bytes)
    {
        foreach (var (offset, length) in Pieces(tensor.Info))
            tensor.CopyFrom(offset, bytes.AsSpan(offset, length));
    }

    public string[] Differences(ICheckpointPart part) => [.. part.FindDifferences(records["part"])];

    public void Restore(ICheckpointPart part) => Restore(new Dictionary<string, ICheckpointPart>(StringComparer.Ordinal) { ["part"] = part });

    public void Restore(IReadOnlyDictionary<string, ICheckpointPart> parts)
    {
        Assert.Empty(parts.SelectMany(part => part.Value.FindDifferences(records[part.Key])));
        foreach (var (name, part) in parts)
            part.Restore(new PartReader(records[name], targets => Fill(name, targets)));
    }

    /// <summary>Fails with the names of what is not the same to the last bit.</summary>
    public void ShouldEqual(MemoryCheckpoint other)
    {
        Assert.Equal(records.Keys.Order(), other.records.Keys.Order());
        var differing = tensors.Keys.Union(other.tensors.Keys)
            .Where(name => !tensors.TryGetValue(name, out var left) || !other.tensors.TryGetValue(name, out var right) || !left.AsSpan().SequenceEqual(right))
            .Concat(records.SelectMany(record => record.Value.Values
                .Where(value => !other.records[record.Key].Values.TryGetValue(value.Key, out var right) || right != value.Value)
                .Select(value => $"{record.Key}/{value.Key}")));
        Assert.Empty(differing);
    }

    private void Fill(string part, IReadOnlyCollection<PartTensor> targets)
    {
        foreach (var target in targets)
        {
            Assert.Contains(target.Info, records[part].Tensors);
            Fill(target, tensors[$"{part}/{target.Info.Name}"]);
        }
    }

    private static IEnumerable<(int Offset, int Length)> Pieces(TensorInfo info)
    {
        var piece = Math.Max(PieceSize / info.ElementSize, 1) * info.ElementSize;
        for (var offset = 0; offset < info.ByteCount; offset += piece)
            yield return (offset, (int)Math.Min(piece, info.ByteCount - offset));
    }
}
