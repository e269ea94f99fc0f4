using System.Collections.Immutable;
using Cairn.Checkpoints.Safetensors;

namespace Cairn.Checkpoints.Records;

/// <summary>
/// What <c>checkpoint.json</c> says: everything about a checkpoint but the tensors' bytes. A directory is a checkpoint
/// because this record is in it and agrees with the files. <c>docs/checkpoint-format.md</c> describes it for other readers.
/// </summary>
internal sealed record CommitRecord
{
    /// <summary>The file's name within the checkpoint.</summary>
    public const string FileName = "checkpoint.json";

    /// <summary>The newest version that this code reads, and writes where files are cut. It writes version 1 where none is.</summary>
    public const int CurrentFormat = 2;

    /// <summary>The version of this format. The first member in every version, so that a newer one can be told from a broken one.</summary>
    public required int Format { get; init; }

    /// <summary>How many steps were completed when the state was taken.</summary>
    public required long Step { get; init; }

    /// <summary>The attempt that wrote it.</summary>
    public required int Attempt { get; init; }

    /// <summary>The job that wrote it, as Slurm names it; null outside of Slurm.</summary>
    public required string? Job { get; init; }

    /// <summary>How many ranks the job had.</summary>
    public required int WorldSize { get; init; }

    /// <summary>When the save began, in UTC. For people; nothing depends on it.</summary>
    public required DateTimeOffset SavedAt { get; init; }

    /// <summary>The version of the library that wrote it.</summary>
    public required string Cairn { get; init; }

    /// <summary>What the run noted with this save, by name: metrics to keep the best by, the like.</summary>
    public required IReadOnlyDictionary<string, PartValue> Metadata { get; init; }

    /// <summary>What must be the same for the run to go on to the bit, of all parts together.</summary>
    public required IReadOnlyDictionary<string, string> Conditions { get; init; }

    /// <summary>Where the payload files are cut: no hash goes across a multiple of so many bytes. Of format 1 none is.</summary>
    public long Segment { get; init; } = FormatLimits.Uncut;

    /// <summary>The payload files.</summary>
    public required ImmutableArray<RecordedFile> Files { get; init; }

    /// <summary>The parts, in the order in which they were tracked.</summary>
    public required ImmutableArray<RecordedPart> Parts { get; init; }

    /// <summary>Which checkpoint this is.</summary>
    public CheckpointId Id => new(Step, Attempt);

    /// <summary>Whether another one describes the same state, whoever saved it, when and why, and whichever of its tensors lie in which file; one whose tensors are hashed in the same pieces.</summary>
    public bool HasSameState(CommitRecord other)
    {
        return State(this).Span.SequenceEqual(State(other).Span);

        static ReadOnlyMemory<byte> State(CommitRecord record) => CommitRecordJson.Write(record with
        {
            Format = 1,
            Segment = FormatLimits.Uncut,
            Attempt = 0,
            Job = null,
            WorldSize = 1,
            SavedAt = default,
            Cairn = string.Empty,
            Metadata = new Dictionary<string, PartValue>(),
            Conditions = new Dictionary<string, string>(),
            Files = [],
            Parts = [.. record.Parts.Select(part => part with { Tensors = [.. part.Tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).Select(WithoutPlace)] })],
        });

        static RecordedTensor WithoutPlace(RecordedTensor tensor) => tensor with { File = string.Empty, Offset = 0 };
    }

    /// <summary>The size of all payload files in bytes.</summary>
    public long PayloadBytes
    {
        get
        {
            var bytes = 0L;
            foreach (var file in Files)
                bytes = checked(bytes + file.Size);
            return bytes;
        }
    }
}

/// <summary>A payload file. Its header and its tensors cover every byte, and each has a hash, so the file needs none of its own.</summary>
internal sealed record RecordedFile
{
    /// <summary>The name within the checkpoint; never a path.</summary>
    public required string Name { get; init; }

    /// <summary>The size in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>How many bytes lie before the data.</summary>
    public required int HeaderSize { get; init; }

    /// <summary>The hash of those bytes.</summary>
    public required ContentHash HeaderHash { get; init; }
}

/// <summary>One part of the state.</summary>
internal sealed record RecordedPart
{
    /// <summary>The name under which it is tracked.</summary>
    public required string Name { get; init; }

    /// <summary>Its small values by name.</summary>
    public required IReadOnlyDictionary<string, PartValue> Values { get; init; }

    /// <summary>How many ranks had a state of their own of it; then it has a tensor for each. 0 where it is the same on all.</summary>
    public int Ranks { get; init; }

    /// <summary>Its tensors.</summary>
    public required ImmutableArray<RecordedTensor> Tensors { get; init; }

    /// <summary>The same as a part sees it.</summary>
    public PartRecord ToPartRecord() => new(Name, [.. Tensors.Select(tensor => tensor.Info)], Values) { Ranks = Ranks };
}

/// <summary>A tensor, its place, and the hash of its bytes.</summary>
internal sealed record RecordedTensor
{
    /// <summary>The name, unique within the part.</summary>
    public required string Name { get; init; }

    /// <summary>The payload file that it is in.</summary>
    public required string File { get; init; }

    /// <summary>The true element type; a complex one is stored as pairs.</summary>
    public required DType DType { get; init; }

    /// <summary>The true shape.</summary>
    public required ImmutableArray<long> Shape { get; init; }

    /// <summary>The first byte, from the file's beginning.</summary>
    public required long Offset { get; init; }

    /// <summary>The hash of its bytes; where it lies in several segments, of those in the first.</summary>
    public required ContentHash Hash { get; init; }

    /// <summary>The hashes of its bytes in the segments after that.</summary>
    public ContentHash[] MoreHashes { get; init; } = [];

    /// <summary>All of its hashes.</summary>
    public IEnumerable<ContentHash> Hashes => [Hash, .. MoreHashes];

    /// <summary>Whether another one has the same hashes.</summary>
    public bool HasSameHashes(RecordedTensor other) => Hash == other.Hash && MoreHashes.AsSpan().SequenceEqual(other.MoreHashes);

    /// <summary>Whether its hashes can be compared with those of another at the same place.</summary>
    public bool IsHashedAs(RecordedTensor other) => MoreHashes.Length == other.MoreHashes.Length;

    /// <summary>Name, true type and true shape.</summary>
    public TensorInfo Info => new(Name, DType, Shape);

    /// <summary>As it is written in the payload file's header.</summary>
    public SafetensorsEntry Stored => new(SafetensorsTypes.Stored(Info), Offset);
}
