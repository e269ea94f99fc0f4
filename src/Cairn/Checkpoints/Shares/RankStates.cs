namespace Cairn.Checkpoints.Shares;

/// <summary>What one rank has of its own, at one step. It tells rank 0 as soon as that is taken, so that it is not lost with the rank.</summary>
/// <param name="Rank">Which rank.</param>
/// <param name="States">Its states (<see cref="RankState"/>), in the order of the parts that have such.</param>
internal sealed record RankStates(int Rank, IReadOnlyList<byte[]> States)
{
    public byte[] ToBytes() => Message.ToBytes(writer =>
    {
        writer.Write(Rank);
        writer.WriteList(States, state =>
        {
            writer.Write(state.Length);
            writer.Write(state);
        });
    });

    /// <exception cref="InvalidDataException">They are not of this form.</exception>
    public static RankStates FromBytes(byte[] bytes) => Message.FromBytes(bytes, reader => new RankStates(
        reader.ReadInt32(),
        reader.ReadList(() => reader.ReadInt32() is var length and >= 0 and <= RankState.MaximumLength && reader.ReadBytes(length) is var state && state.Length == length
            ? state
            : throw new EndOfStreamException())));
}
