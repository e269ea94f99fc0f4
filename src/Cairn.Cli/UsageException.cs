namespace Cairn.Cli;

/// <summary>The command line or the batch script asks for something that cannot be: the message names the value; the exit code is 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
