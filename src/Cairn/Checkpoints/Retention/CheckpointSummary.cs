using Cairn.Checkpoints;

namespace Cairn;

/// <summary>What a retention policy knows of a checkpoint.</summary>
/// <param name="Step">Its step.</param>
/// <param name="Metadata">What the run noted when it was saved: metrics by name, the like.</param>
public sealed record CheckpointSummary(long Step, IReadOnlyDictionary<string, PartValue> Metadata);
