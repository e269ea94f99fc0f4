namespace Cairn;

/// <summary>Orders symbol versions by their numbers: GLIBCXX_3.4.9 before GLIBCXX_3.4.30.</summary>
internal sealed class VersionOrder : IComparer<string>
{
    public static VersionOrder Instance { get; } = new();

    /// <summary>The name before the number: GLIBCXX, CXXABI, GLIBC.</summary>
    public static string Series(string version) => version[..Math.Max(version.LastIndexOf('_'), 0)];

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        var (left, right) = (x ?? "", y ?? "");
        var bySeries = string.CompareOrdinal(Series(left), Series(right));
        return bySeries != 0 ? bySeries : Number(left).CompareTo(Number(right));
    }

    // Four parts at most, each below 65536; a name without a number (GLIBC_PRIVATE, GLIBCXX_TUNABLES) comes first. Not by parsing:
    // that asks for the culture, and ICU may be what can't be loaded with a C++ library that is too old.
    private static ulong Number(string version)
    {
        var (number, part, parts) = (0UL, 0UL, 0);
        foreach (var character in version.AsSpan(version.LastIndexOf('_') + 1))
        {
            if (char.IsAsciiDigit(character))
                part = (part * 10) + (ulong)(character - '0');
            else if (character == '.' && parts < 3)
                (number, part, parts) = ((number << 16) | part, 0, parts + 1);
            else
                return 0;
        }

        return ((number << 16) | part) << (16 * (3 - parts));
    }
}
