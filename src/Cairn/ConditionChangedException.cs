namespace Cairn;

/// <summary>A condition of exactness differs from the checkpoint's, and the run is <see cref="TrainingRunOptions.Strict"/>.</summary>
public sealed class ConditionChangedException : CairnException
{
    internal ConditionChangedException(string checkpoint, IReadOnlyList<string> changes)
        : base($"{checkpoint} was written under other conditions, so the run could not go on to the bit: {string.Join("; ", changes)}. Restore the conditions, or open the run without Strict.", ExitCodes.NeverRequeue) => Changes = changes;

    /// <summary>One sentence a condition.</summary>
    public IReadOnlyList<string> Changes { get; }
}
