namespace Cairn.Interruptions;

/// <summary>What a listener listens to besides TERM and INT.</summary>
internal sealed record InterruptionOptions
{
    /// <summary>Warning signals by name or number.</summary>
    public IReadOnlyList<string> WarningSignals { get; init; } = ["USR2"];

    /// <summary>A file whose existence is an interruption; null for none.</summary>
    public string? StopFile { get; init; }
}
