using System.Globalization;

namespace Cairn.Checkpoints;

/// <summary>The names that become file names, and those that may be believed when a record gives them.</summary>
internal static class FileNames
{
    private const int MaximumPartName = 100;

    private const string Frozen = ".frozen";
    private const string Ranks = ".ranks";
    private const string Payloads = ".safetensors";

    // As many digits as a number in a file's name has.
    private const int Digits = 5;

    /// <summary>The payload file of a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="isFrozen">Whether it has the tensors that did not change between the saves before, or those that training changes, as far as is known.</param>
    public static string Payload(string part, bool isFrozen) => (isFrozen ? part + Frozen : part) + Payloads;

    /// <summary>One of several payload files of a part, whose tensors are too long for one.</summary>
    /// <param name="part">The part.</param>
    /// <param name="isFrozen">As for a single one.</param>
    /// <param name="number">Which, from 1.</param>
    public static string Payload(string part, bool isFrozen, int number) =>
        $"{part}{(isFrozen ? Frozen : "")}-{number.ToString(CultureInfo.InvariantCulture).PadLeft(Digits, '0')}{Payloads}";

    /// <summary>The payload file of a part of which every rank has a state of its own.</summary>
    public static string RanksPayload(string part) => part + Ranks + Payloads;

    /// <summary>Whether a payload file of a part has those of its tensors that did not change.</summary>
    public static bool IsFrozenPayload(string part, string file) =>
        file.Length > part.Length + Frozen.Length && file.AsSpan(part.Length).StartsWith(Frozen, StringComparison.Ordinal) && file[part.Length + Frozen.Length] is '.' or '-';

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

        foreach (var part in seen.Keys)
        {
            if (WithoutEnding(part) is { } shorter && seen.TryGetValue(shorter, out var other))
                throw new ArgumentException($"'{other}' and '{part}' can't both be parts: a file of '{other}' may come to have the other's name ('{other}' and an ending as '-00001', '.frozen-00001' or '.ranks')", nameof(parts));
        }
    }

    // The part that would have a file of this part's name, if there were such.
    private static string? WithoutEnding(string part)
    {
        if (part.EndsWith(Ranks, StringComparison.OrdinalIgnoreCase))
            return part[..^Ranks.Length];
        var dash = part.Length - Digits - 1;
        if (dash <= 0 || part[dash] != '-' || !part.AsSpan(dash + 1).ContainsOnlyDigits())
            return null;
        var stem = part[..dash];
        return stem.EndsWith(Frozen, StringComparison.OrdinalIgnoreCase) ? stem[..^Frozen.Length] : stem;
    }

    private static bool ContainsOnlyDigits(this ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');
}
