namespace Cairn.Checkpoints.Shares;

/// <summary>
/// The names of the tensors that lie in a part's second file, by part. Rank 0 alone sees what came of each save, so the others take these
/// from it.
/// </summary>
/// <param name="Names">The names.</param>
internal sealed record FrozenSets(IReadOnlyDictionary<string, IReadOnlyCollection<string>> Names)
{
    public byte[] ToBytes() => Message.ToBytes(writer => writer.WriteList(Names, part =>
    {
        writer.Write(part.Key);
        writer.WriteList(part.Value, writer.Write);
    }));

    /// <exception cref="InvalidDataException">They are not of this form.</exception>
    public static FrozenSets FromBytes(byte[] bytes) => new(Message.FromBytes(bytes, reader =>
        reader.ReadList(() => new KeyValuePair<string, IReadOnlyCollection<string>>(reader.ReadString(), reader.ReadList(reader.ReadString))).DistinctBy(one => one.Key).ToDictionary()));
}
