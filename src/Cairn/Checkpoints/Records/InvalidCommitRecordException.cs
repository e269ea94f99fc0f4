namespace Cairn.Checkpoints.Records;

/// <summary>A commit record cannot be believed; the message says why, with "it" for the record.</summary>
internal sealed class InvalidCommitRecordException(string message, Exception? inner = null) : FormatException(message, inner);
