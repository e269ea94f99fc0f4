using Cairn.Checkpoints.Records;

namespace Cairn.Checkpoints.Reading;

/// <summary>
/// A commit record that this process wrote, or has read before: the same bytes need not be parsed again. A record of very many tensors
/// is long, and each save looks at the two newest.
/// </summary>
/// <param name="Record">What it says.</param>
/// <param name="Checksum">What its file ends with.</param>
internal sealed record KnownCheckpoint(CommitRecord Record, ContentHash Checksum)
{
    private Dictionary<string, List<ContentHash>>? hashes;

    /// <summary>The hashes of a file's tensors; null when it has no such file.</summary>
    public IReadOnlyList<ContentHash>? HashesIn(string file)
    {
        if (hashes is null)
        {
            hashes = new(StringComparer.Ordinal);
            foreach (var part in Record.Parts)
            {
                foreach (var tensor in part.Tensors)
                {
                    if (!hashes.TryGetValue(tensor.File, out var list))
                        hashes[tensor.File] = list = [];
                    list.Add(tensor.Hash);
                }
            }
        }

        return hashes.GetValueOrDefault(file);
    }
}
