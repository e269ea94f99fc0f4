using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Writing;

namespace Cairn.Checkpoints.Shares;

/// <summary>What rank 0 tells all ranks when the directory of a save is there: write your shares.</summary>
/// <param name="Step">The step that is saved.</param>
/// <param name="Folder">The name of the directory, which lies among the checkpoints.</param>
/// <param name="Layout">The layout of rank 0's state; a rank with another one must not write.</param>
/// <param name="Unchanged">
/// Segments that lie on the disk already, if they are as they were: their numbers and <see cref="SegmentHash"/>. They are looked at and not
/// written.
/// </param>
internal sealed record ShareOrder(long Step, string Folder, ContentHash Layout, IReadOnlyDictionary<int, ContentHash> Unchanged)
{
    /// <summary>One hash for all pieces in a segment.</summary>
    public static ContentHash SegmentHash(ContentHash[] pieces) => ContentHash.Of(Message.ToBytes(writer => writer.WriteList(pieces, writer.Write)));

    /// <summary>The same of those pieces that must be the same on all ranks.</summary>
    public static ContentHash ReplicaHash(SavePlan plan, int segment, ContentHash[] pieces)
    {
        var one = plan.Segments[segment];
        return SegmentHash([.. pieces.Where((_, i) => !plan.Files[one.File].Layout.Tensors[one.FirstTensor + i].OfFirstRank)]);
    }

    public byte[] ToBytes() => Message.ToBytes(writer =>
    {
        writer.Write(Step);
        writer.Write(Folder);
        writer.Write(Layout);
        writer.WriteList(Unchanged, one =>
        {
            writer.Write(one.Key);
            writer.Write(one.Value);
        });
    });

    /// <exception cref="InvalidDataException">They are not of this form.</exception>
    public static ShareOrder FromBytes(byte[] bytes) => Message.FromBytes(bytes, reader => new ShareOrder(
        reader.ReadInt64(),
        reader.ReadString() is var folder && folder.StartsWith(CheckpointNames.TemporaryPrefix, StringComparison.Ordinal) && !folder.Contains('/', StringComparison.Ordinal)
            ? folder
            : throw new InvalidDataException($"'{folder}' is no directory that a save is written in"),
        reader.ReadHash(),
        reader.ReadList(() => new KeyValuePair<int, ContentHash>(reader.ReadInt32(), reader.ReadHash())).DistinctBy(one => one.Key).ToDictionary()));
}
