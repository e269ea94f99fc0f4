namespace Cairn;

/// <summary>Something wants the run to stop.</summary>
/// <param name="Kind">What.</param>
/// <param name="At">When it was noticed.</param>
/// <param name="Description">In words, for example <c>USR2 from pid 123 (uid 0)</c>.</param>
/// <param name="Signal">The signal's name without SIG; null when it was none.</param>
public sealed record Interruption(InterruptionKind Kind, DateTimeOffset At, string Description, string? Signal)
{
    /// <summary>When it came last, by the clock that never jumps (<see cref="TimeProvider.GetTimestamp"/>): what comes before what is told by this.</summary>
    internal long Heard { get; init; }
}
