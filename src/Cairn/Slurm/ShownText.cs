namespace Cairn.Slurm;

/// <summary>What <c>scontrol show</c> said.</summary>
/// <param name="Text">The text; null when there is none.</param>
/// <param name="Problem">Why there is none, in Slurm's words.</param>
/// <param name="IsThere">Whether there is an scontrol at all.</param>
internal sealed record ShownText(string? Text, string? Problem, bool IsThere);
