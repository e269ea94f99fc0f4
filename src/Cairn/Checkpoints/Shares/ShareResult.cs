using Cairn.Checkpoints.Records;

namespace Cairn.Checkpoints.Shares;

/// <summary>What a rank answers when its share is on the disk, or why it is not.</summary>
/// <param name="Rank">Which rank.</param>
/// <param name="Written">The segments that it wrote, by their numbers, and the hashes of the pieces in each.</param>
/// <param name="Unchanged">The segments that it found as they were.</param>
internal sealed record ShareResult(int Rank, IReadOnlyDictionary<int, ContentHash[]> Written, IReadOnlyCollection<int> Unchanged)
{
    /// <summary>Why it failed, in words; null when it did not.</summary>
    public string? Error { get; init; }

    /// <summary>Whether that was for want of space.</summary>
    public bool IsFull { get; init; }

    /// <summary>Those that were said not to have changed, and have: rank 0 has them written in the next save.</summary>
    public IReadOnlyCollection<int> Changed { get; init; } = [];

    /// <summary>Segments that others write, as they are here: their numbers and <see cref="ShareOrder.ReplicaHash"/>.</summary>
    public IReadOnlyDictionary<int, ContentHash> Replicas { get; init; } = new Dictionary<int, ContentHash>();

    /// <summary>Where it is another than rank 0's, this rank's layout in words (<see cref="LayoutDescription"/>); else empty.</summary>
    public byte[] Layout { get; init; } = [];

    /// <summary>A share that could not be written.</summary>
    public static ShareResult Failed(int rank, string error, bool isFull = false) =>
        new(rank, new Dictionary<int, ContentHash[]>(), []) { Error = error, IsFull = isFull };

    public byte[] ToBytes() => Message.ToBytes(writer =>
    {
        writer.Write(Rank);
        writer.Write(Error ?? "");
        writer.Write(IsFull);
        writer.WriteList(Written, one =>
        {
            writer.Write(one.Key);
            writer.WriteList(one.Value, writer.Write);
        });
        writer.WriteList(Unchanged, writer.Write);
        writer.WriteList(Changed, writer.Write);
        writer.WriteList(Replicas, one =>
        {
            writer.Write(one.Key);
            writer.Write(one.Value);
        });
        writer.WriteList(Layout, writer.Write);
    });

    /// <exception cref="InvalidDataException">They are not of this form.</exception>
    public static ShareResult FromBytes(byte[] bytes) => Message.FromBytes(bytes, reader =>
    {
        var (rank, error, isFull) = (reader.ReadInt32(), reader.ReadString(), reader.ReadBoolean());
        var written = reader.ReadList(() => new KeyValuePair<int, ContentHash[]>(reader.ReadInt32(), [.. reader.ReadList(reader.ReadHash)]));
        return new ShareResult(rank, written.DistinctBy(one => one.Key).ToDictionary(), reader.ReadList(reader.ReadInt32))
        {
            Error = error.Length == 0 ? null : error,
            IsFull = isFull,
            Changed = reader.ReadList(reader.ReadInt32),
            Replicas = reader.ReadList(() => new KeyValuePair<int, ContentHash>(reader.ReadInt32(), reader.ReadHash())).DistinctBy(one => one.Key).ToDictionary(),
            Layout = [.. reader.ReadList(reader.ReadByte)],
        };
    });
}
