namespace Cairn;

/// <summary>One of the checkpoints in a folder, as <see cref="Checkpoint.List"/> finds it.</summary>
/// <param name="Step">How many steps were completed when it was saved.</param>
/// <param name="Path">Its directory.</param>
public sealed record CheckpointInfo(long Step, string Path)
{
    /// <summary>When it was saved, in UTC; null where it cannot be read.</summary>
    public DateTimeOffset? SavedAt { get; init; }

    /// <summary>The size of its files in bytes; 0 where it cannot be read.</summary>
    public long Bytes { get; init; }

    /// <summary>The metrics that were reported in its step, by name.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>The names of its parts; none where it cannot be read.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [];

    /// <summary>Why a run would not go on from it (it is damaged, cannot be read now, or is of another line of training); null when it is good.</summary>
    /// <remarks>Files, sizes and headers were looked at; the tensors' own bytes are checked when they are read.</remarks>
    public string? Problem { get; init; }

    /// <summary>That it cannot be read now: no damage, and it may be the one that is looked for.</summary>
    internal CheckpointReadException? ReadError { get; init; }
}
