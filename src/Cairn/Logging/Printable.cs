using System.Globalization;
using System.Text;

namespace Cairn;

/// <summary>
/// Text that nobody vouches for (a file's name, what is in a file, what another program said), for a terminal or a log: nothing in it can
/// move the cursor, colour a line, hide a letter or begin a line of its own.
/// </summary>
internal static class Printable
{
    /// <summary>The text with its unprintable characters as their numbers.</summary>
    /// <param name="text">The text.</param>
    /// <param name="keepsLines">Line breaks and tabs stay: it is a text of several lines.</param>
    public static string Of(string text, bool keepsLines = false)
    {
        var printable = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsPrintable(rune, keepsLines))
                printable.Append(rune.ToString());
            else
                printable.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
        }

        return printable.ToString();
    }

    private static bool IsPrintable(Rune rune, bool keepsLines) => rune.Value switch
    {
        >= ' ' and < 0x7f => true,
        '\n' or '\t' => keepsLines,
        _ => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator),
    };
}
