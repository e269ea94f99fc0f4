namespace Cairn.TorchSharp.Native;

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

    // A name without a number (GLIBC_PRIVATE, GLIBCXX_TUNABLES) comes first.
    private static Version Number(string version)
    {
        var number = version[(version.LastIndexOf('_') + 1)..];
        return Version.TryParse(number.Contains('.', StringComparison.Ordinal) ? number : number + ".0", out var parsed) ? parsed : new Version();
    }
}
