namespace Cairn;

/// <summary>A checkpoint that was not used at a restore.</summary>
/// <param name="Step">Its step.</param>
/// <param name="Path">Its directory.</param>
/// <param name="Reason">What is wrong with it, in words.</param>
public sealed record SkippedCheckpoint(long Step, string Path, string Reason);
