namespace Cairn.Cli.Lint;

/// <summary>An option of a program that names a folder for checkpoints.</summary>
/// <param name="Name">The option.</param>
/// <param name="Value">The folder.</param>
/// <param name="Raw">How the script writes it; null where that is not known.</param>
internal sealed record FolderOption(string Name, string Value, string? Raw);
