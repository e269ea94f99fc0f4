using Cairn.Checkpoints.Records;

namespace Cairn.Checkpoints.Reading;

/// <summary>
/// A commit record that this process wrote, or has read before: the same bytes need not be parsed again. A record of very many tensors
/// is long, and each save looks at the two newest.
/// </summary>
/// <param name="Record">What it says.</param>
/// <param name="Checksum">What its file ends with.</param>
internal sealed record KnownCheckpoint(CommitRecord Record, ContentHash Checksum);
