using Cairn.Checkpoints;

namespace Cairn.Runs;

/// <summary>A part that is of no use without another one.</summary>
internal interface IDependentPart
{
    /// <summary>Says what is not tracked besides, and what to do; null when nothing is missing.</summary>
    /// <param name="parts">All parts of the run.</param>
    string? FindMissing(IReadOnlyCollection<ICheckpointPart> parts);
}
