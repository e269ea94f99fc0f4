namespace Cairn.Checkpoints;

/// <summary>
/// A part whose described tensors may be copies of what it has: to load some of them its <see cref="ICheckpointPart.Restore"/> is called with a record of
/// these alone and of no value, and what else it has stays as it is.
/// </summary>
internal interface IPutsBackSome
{
    /// <summary>Whether it is so; a part that stands for another one asks that one.</summary>
    bool PutsBackSome { get; }
}
