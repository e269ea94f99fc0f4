using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Safetensors;
using Cairn.Checkpoints.Writing;

namespace Cairn.Checkpoints.Shares;

/// <summary>The payload file with all ranks' states of one part, a tensor each, which rank 0 writes alone.</summary>
internal sealed class RankFile
{
    private readonly SafetensorsLayout layout;
    private readonly IReadOnlyList<byte[]> states;

    /// <summary>Plans the file.</summary>
    /// <param name="part">The part.</param>
    /// <param name="states">The states, in the order of the ranks.</param>
    /// <param name="segment">Where files are cut.</param>
    public RankFile(string part, IReadOnlyList<byte[]> states, long segment)
    {
        this.states = states;
        layout = SafetensorsLayout.For([.. states.Select((state, rank) => new ArrayTensor<byte>(new TensorInfo(RankState.TensorName(rank), DType.UInt8, [state.Length]), state))]);
        File = new RecordedFile { Name = FileNames.RanksPayload(part), Size = layout.FileSize, HeaderSize = layout.Header.Length, HeaderHash = layout.HeaderHash };
        Part = new RecordedPart
        {
            Name = part,
            Ranks = states.Count,
            Values = new Dictionary<string, PartValue>(),
            Tensors = [.. states.Select((state, rank) => Recorded(rank, HashesOf(state, layout.Offsets[rank], segment)))],
        };
    }

    /// <summary>What a record says of the file.</summary>
    public RecordedFile File { get; }

    /// <summary>What it says of the part.</summary>
    public RecordedPart Part { get; }

    /// <summary>Writes it, and returns when it is on the disk.</summary>
    public void Write(TemporaryCheckpoint temporary)
    {
        using var file = temporary.CreatePayload(File.Name, File.Size);
        file.WriteAt(0, layout.Header);
        for (var rank = 0; rank < states.Count; rank++)
            file.WriteAt(layout.Offsets[rank], states[rank]);
        file.Sync();
    }

    private static ContentHash[] HashesOf(byte[] state, long offset, long segment)
    {
        var hashes = new List<ContentHash>();
        for (var start = 0; start == 0 || start < state.Length;)
        {
            var end = (int)FormatLimits.EndOfPiece(offset, state.Length, segment, start);
            hashes.Add(ContentHash.Of(state.AsSpan(start..end)));
            if (end == 0)
                break;
            start = end;
        }

        return [.. hashes];
    }

    private RecordedTensor Recorded(int rank, ContentHash[] hashes) => new()
    {
        Name = RankState.TensorName(rank),
        File = File.Name,
        DType = DType.UInt8,
        Shape = [states[rank].Length],
        Offset = layout.Offsets[rank],
        Hash = hashes[0],
        MoreHashes = hashes[1..],
    };
}
