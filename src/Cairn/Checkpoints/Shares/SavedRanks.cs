using Cairn.Checkpoints.Reading;
using Cairn.Checkpoints.Records;

namespace Cairn.Checkpoints.Shares;

/// <summary>All ranks' states of a part in a checkpoint, each read when it is asked for. A part that was saved as one state is that of each rank that was there.</summary>
/// <param name="checkpoint">The checkpoint, its files checked.</param>
/// <param name="part">The part.</param>
internal sealed class SavedRanks(OpenCheckpoint checkpoint, RecordedPart part)
{
    /// <summary>How many there are.</summary>
    public int Count => part.Ranks > 0 ? part.Ranks : checkpoint.Record.WorldSize;

    /// <summary>All of them, in the order of the ranks.</summary>
    public IReadOnlyList<PartReader> All() => [.. Enumerable.Range(0, Count).Select(rank => this[rank])];

    /// <summary>A rank's state.</summary>
    /// <exception cref="CheckpointCorruptException">Its bytes are not those that were saved.</exception>
    /// <exception cref="CheckpointReadException">They cannot be read just now.</exception>
    public PartReader this[int rank]
    {
        get
        {
            if (part.Ranks == 0)
                return new PartReader(part.ToPartRecord(), targets => CheckpointLoad.Read(checkpoint, part.Name, targets));
            var tensor = part.Tensors[rank];
            var bytes = new byte[tensor.Info.ByteCount];
            CheckpointLoad.Read(checkpoint, part.Name, [new ArrayTensor<byte>(tensor.Info, bytes)]);
            try
            {
                return RankState.FromBytes(bytes);
            }
            catch (InvalidCommitRecordException e)
            {
                throw new CheckpointCorruptException(checkpoint.Directory.Path, tensor.File, e.Message, e);
            }
        }
    }
}
