using System.Globalization;
using System.Text;

namespace Cairn.Cli.BatchScripts.Writing;

/// <summary>Puts what a user gave into a script so that its reader takes it as it was given, and nothing in it as a command.</summary>
internal static class Quoting
{
    private const string Plain = "_@%+:,./-";

    /// <summary>A word for bash, on one line whatever is in it. Nothing that needs no quotes gets any.</summary>
    /// <exception cref="UsageException">A NUL, which no argument can hold.</exception>
    public static string ForBash(string word)
    {
        if (word.Length == 0)
            return "''";
        if (word.Contains('\0', StringComparison.Ordinal))
            throw new UsageException("A NUL character cannot be given to a program.");
        // An equal sign is a letter like others, for what is quoted never stands first in a command.
        if (word.All(letter => IsPlain(letter) || letter == '=') && word[0] != '=')
            return word;
        return word.Any(char.IsControl) ? Escaped(word) : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    /// <summary>A value for an #SBATCH line, where a # ends everything and nothing is expanded.</summary>
    /// <param name="value">The value.</param>
    /// <param name="where">Who gave it, for the message.</param>
    /// <exception cref="UsageException">What sbatch could not read back, or would take literally though it looks like a variable.</exception>
    public static string ForDirective(string value, string where)
    {
        if (value.Length == 0)
            throw new UsageException($"{where}: the value is empty.");
        foreach (var letter in value)
        {
            if (char.IsControl(letter) || letter is '"' or '\'' or '\\')
                throw new UsageException($"{where}: '{Shown(value)}' holds {(char.IsControl(letter) ? "a control character" : letter)}, which cannot stand in an #SBATCH line.");
        }

        if (value.Any(letter => letter is '$' or '`') || value[0] == '~')
            throw new UsageException($"{where}: sbatch expands nothing in an #SBATCH line, and '{value}' would be taken literally. Write the value out.");
        return value.All(letter => IsPlain(letter) || letter is '=' or '[' or ']' or '*' or '&' or '|' or '(' or ')') ? value : $"\"{value}\"";
    }

    private static bool IsPlain(char letter) => char.IsAsciiLetterOrDigit(letter) || Plain.Contains(letter, StringComparison.Ordinal);

    private static string Shown(string value) => new([.. value.Select(letter => char.IsControl(letter) ? '?' : letter)]);

    private static string Escaped(string word)
    {
        var text = new StringBuilder("$'");
        foreach (var letter in word)
        {
            if (letter is '\n')
                text.Append("\\n");
            else if (letter is '\t')
                text.Append("\\t");
            else if (letter is '\\' or '\'' || (char.IsControl(letter) && letter < 0x80))
                text.Append("\\x").Append(((int)letter).ToString("x2", CultureInfo.InvariantCulture));
            else
                text.Append(letter);
        }

        return text.Append('\'').ToString();
    }
}
