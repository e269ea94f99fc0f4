namespace Cairn.Checkpoints;

/// <summary>The names that become file names, and those that may be believed when a record gives them.</summary>
internal static class FileNames
{
    private const int MaximumPartName = 100;

    /// <summary>The payload file of a part: the tensors that training changes, as far as is known.</summary>
    public static string Payload(string part) => $"{part}.safetensors";

    /// <summary>The payload file of a part: the tensors that did not change between the saves before.</summary>
    public static string FrozenPayload(string part) => $"{part}.frozen.safetensors";

    /// <summary>Whether a name can only mean an entry of the directory that it is looked up in.</summary>
    public static bool IsPlain(string name) =>
        name.Length is > 0 and <= 255 && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    /// <summary>Checks the names under which parts are tracked.</summary>
    /// <exception cref="ArgumentException">One is no file name, or two would share one; says which and what is allowed.</exception>
    public static void CheckParts(IEnumerable<string> parts)
    {
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in parts)
        {
            if (!IsPlain(part) || part.Length > MaximumPartName)
                throw new ArgumentException($"'{part}' can't be a part's name: it becomes a file name, so use a letter or digit, then letters, digits, '.', '_' or '-', {MaximumPartName} at most", nameof(parts));
            if (part.EndsWith(".frozen", StringComparison.OrdinalIgnoreCase))
                throw new ArgumentException($"'{part}' can't be a part's name: the ending '.frozen' is for a part's second file", nameof(parts));
            if (seen.TryGetValue(part, out var other) && other == part)
                throw new ArgumentException($"two parts have the name '{part}': each needs one of its own (TrackRandomState takes 'random', and a loader that is not tracked 'data')", nameof(parts));
            if (!seen.TryAdd(part, part))
                throw new ArgumentException($"'{seen[part]}' and '{part}' can't both be parts: their names are the same but for case, and some file systems can't tell them apart", nameof(parts));
        }
    }
}
