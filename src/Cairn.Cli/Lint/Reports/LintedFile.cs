namespace Cairn.Cli.Lint.Reports;

/// <summary>What is to be said about one file.</summary>
/// <param name="Path">As the user gave it.</param>
/// <param name="Error">Why it could not be read; null where it could.</param>
/// <param name="Mended">What --fix has mended.</param>
/// <param name="Findings">What is there still.</param>
internal sealed record LintedFile(string Path, string? Error, IReadOnlyList<Finding> Mended, IReadOnlyList<Finding> Findings);
