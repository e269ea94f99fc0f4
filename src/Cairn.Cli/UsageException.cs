namespace Cairn.Cli;

/// <summary>What the user asked for cannot be done as written; the message names the value and what would be right.</summary>
internal sealed class UsageException(string message) : Exception(message);
