using System.Globalization;
using System.Text;

namespace Cairn.Cli.Output;

/// <summary>Text from a file or a file's name, for a terminal: nothing in it can move the cursor, colour a line or hide a letter.</summary>
internal static class Printable
{
    /// <summary>The text with its unprintable characters as their numbers.</summary>
    public static string Of(string text)
    {
        var printable = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                printable.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
            else
                printable.Append(rune.ToString());
        }

        return printable.ToString();
    }
}
