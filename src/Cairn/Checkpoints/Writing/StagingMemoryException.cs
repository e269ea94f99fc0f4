namespace Cairn.Checkpoints.Writing;

/// <summary>There is no memory for a copy of the state, or no thread to write it.</summary>
internal sealed class StagingMemoryException(string message, Exception? cause) : Exception(message, cause);
