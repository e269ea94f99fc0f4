using Cairn.Checkpoints;

namespace Cairn;

/// <summary>
/// Something was to be tracked whose state can't be saved and put back exactly. Thrown when it is tracked, not when the job
/// has run for hours; starting again would fail in the same way.
/// </summary>
/// <remarks>A part of one's own (<see cref="ICheckpointPart"/>) may throw it too.</remarks>
public sealed class UntrackableStateException : CairnException
{
    /// <summary>Says what can't be tracked, why, and what to do instead.</summary>
    public UntrackableStateException(string message)
        : base(message, ExitCodes.NeverRequeue)
    {
    }
}
