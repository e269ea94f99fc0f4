namespace Cairn.Cli.Lint;

/// <summary>Looks for words by which people name things; much smaller in the published file than a generated expression.</summary>
internal static class Keywords
{
    /// <param name="text">The text.</param>
    /// <param name="words">Parted by |; capital and small letters are the same.</param>
    public static bool Mentions(this string text, string words) =>
        Array.Exists(words.Split('|'), word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
}
