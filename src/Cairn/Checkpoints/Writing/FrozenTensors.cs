using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Shares;

namespace Cairn.Checkpoints.Writing;

/// <summary>
/// Which tensors of a part lie in its second file, which is linked and not written as long as it stays the same: those that did not
/// change between saves. What a part says beforehand is a guess for its first save and no more.
/// </summary>
/// <remarks>
/// Another set of tensors is another file, to be written twice before it can be linked. So a tensor that was found to change stays in the
/// first file for as long as this process lives, and some are taken over only where that soon pays.
/// </remarks>
internal sealed class FrozenTensors
{
    // A file of its own takes a creation, a sync and a link in every save.
    private const long WorthAFile = 1 << 20;

    private readonly Dictionary<string, HashSet<string>> frozen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> changing = new(StringComparer.Ordinal);
    private CommitRecord? last;

    /// <summary>The names of the frozen tensors of a part; null when nothing is known of it.</summary>
    public IReadOnlySet<string>? Of(string part) => frozen.GetValueOrDefault(part);

    /// <summary>All that is known, for a process that does not see what comes of the saves.</summary>
    public FrozenSets Sets => new(frozen.ToDictionary(part => part.Key, part => (IReadOnlyCollection<string>)[.. part.Value]));

    /// <summary>Goes by what another process knows.</summary>
    public void Take(FrozenSets sets)
    {
        frozen.Clear();
        foreach (var (part, names) in sets.Names)
            frozen[part] = [.. names];
    }

    /// <summary>Takes note of what is on the disk: a checkpoint that was restored, or the next one that was saved.</summary>
    public void Note(CommitRecord record)
    {
        foreach (var part in record.Parts)
        {
            if (!frozen.ContainsKey(part.Name))
                frozen[part.Name] = [.. part.Tensors.Where(tensor => FileNames.IsFrozenPayload(part.Name, tensor.File)).Select(tensor => tensor.Name)];
            if (last is not null && last.Parts.FirstOrDefault(one => one.Name == part.Name) is { } before && HasSameFiles(last, before, record, part))
                Compare(before, part, frozen[part.Name]);
        }

        last = record;
    }

    // The same header is the same tensors in the same order. Part by part: a list that grows has another header in every save, which says nothing of the model.
    private static bool HasSameFiles(CommitRecord one, RecordedPart before, CommitRecord other, RecordedPart now)
    {
        if (before.Tensors.Length != now.Tensors.Length)
            return false;
        string? file = null;
        for (var i = 0; i < now.Tensors.Length; i++)
        {
            if (before.Tensors[i].File != now.Tensors[i].File)
                return false;
            if (now.Tensors[i].File != file && HeaderOf(one, file = now.Tensors[i].File) != HeaderOf(other, file))
                return false;
        }

        return true;
    }

    private static ContentHash? HeaderOf(CommitRecord record, string file)
    {
        foreach (var one in record.Files)
        {
            if (one.Name == file)
                return one.HeaderHash;
        }

        return null;
    }

    private void Compare(RecordedPart before, RecordedPart now, HashSet<string> names)
    {
        List<string>? found = null;
        var (frozenBytes, foundBytes) = (0L, 0L);
        for (var i = 0; i < now.Tensors.Length; i++)
        {
            var tensor = now.Tensors[i];
            var isSame = tensor.HasSameHashes(before.Tensors[i]);
            if (!isSame && (names.Count == 0 || !tensor.IsHashedAs(before.Tensors[i])))
                continue;
            if (names.Contains(tensor.Name))
            {
                if (isSame)
                    frozenBytes += tensor.Info.ByteCount;
                else
                    Thaw(now.Name, tensor.Name, names);
            }
            else if (isSame && changing.GetValueOrDefault(now.Name)?.Contains(tensor.Name) != true)
            {
                (found ??= []).Add(tensor.Name);
                foundBytes += tensor.Info.ByteCount;
            }
        }

        if (found is not null && foundBytes >= Math.Max(WorthAFile, frozenBytes / 4))
            names.UnionWith(found);
    }

    private void Thaw(string part, string tensor, HashSet<string> names)
    {
        names.Remove(tensor);
        if (!changing.TryGetValue(part, out var others))
            changing[part] = others = new(StringComparer.Ordinal);
        others.Add(tensor);
    }
}
