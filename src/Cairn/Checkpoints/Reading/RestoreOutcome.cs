using Cairn.Checkpoints.Records;

namespace Cairn.Checkpoints;

/// <summary>What a restore found and did.</summary>
/// <param name="Step">The step whose state the parts have now.</param>
/// <param name="Path">The checkpoint's directory.</param>
/// <param name="Record">What it says of itself.</param>
/// <param name="Skipped">Newer ones that could not be used, the newest first.</param>
/// <param name="ConditionChanges">What exactness depends on and is not as it was, after the restore.</param>
/// <param name="Bytes">How many bytes of tensors were read.</param>
/// <param name="Duration">How long it took, checks and skipped ones included.</param>
internal sealed record RestoreOutcome(
    long Step,
    string Path,
    CommitRecord Record,
    IReadOnlyList<SkippedCheckpoint> Skipped,
    IReadOnlyList<ConditionChange> ConditionChanges,
    long Bytes,
    TimeSpan Duration);
