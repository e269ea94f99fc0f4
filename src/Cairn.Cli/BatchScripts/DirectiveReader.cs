using System.Text;
using System.Text.RegularExpressions;

namespace Cairn.Cli.BatchScripts;

/// <summary>
/// Reads #SBATCH lines as sbatch 22.05 was seen to do: only up to the first command; a line is a directive only when it
/// begins with exactly #SBATCH; quotes group, a backslash takes the next character as it is, an unescaped # ends the line,
/// even in the middle of a word; there is no continuation on the next line. hetjob (once packjob) as the first word begins the next
/// component of a heterogeneous job; wherever it stands, the rest of its line is dropped.
/// </summary>
internal static partial class DirectiveReader
{
    public const string Magic = "#SBATCH";

    public static List<Directive> Read(string path, IReadOnlyList<string> lines)
    {
        var directives = new List<Directive>();
        var end = FirstCommand(lines);
        for (var index = 0; index < end; index++)
        {
            if (lines[index].StartsWith(Magic, StringComparison.Ordinal))
                directives.AddRange(ReadLine(path, index + 1, lines[index]));
        }

        return directives;
    }

    /// <summary>The index of the first line that is neither empty nor a comment: what stands below is no directive to sbatch.</summary>
    public static int FirstCommand(IReadOnlyList<string> lines)
    {
        var index = 0;
        while (index < lines.Count && (lines[index].AsSpan().Trim() is { IsEmpty: true } or ['#', ..]))
            index++;
        return index;
    }

    /// <summary>The options of one line that begins with #SBATCH.</summary>
    /// <exception cref="BatchScriptException">sbatch refuses the script because of it.</exception>
    public static List<Directive> ReadLine(string path, int line, string text)
    {
        var directives = new List<Directive>();
        var (options, dropped) = UpToSeparator(text[Magic.Length..]);
        if (dropped is not null && string.IsNullOrWhiteSpace(options))
            return [new(line, SbatchOption.NextComponent, null)];
        var words = Words(path, line, options);
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            string? value;
            SbatchOption option;
            if (word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2)
            {
                var equals = word.IndexOf('=', StringComparison.Ordinal);
                var name = equals < 0 ? word[2..] : word[2..equals];
                option = SbatchOption.Find(name)
                    ?? throw new BatchScriptException(path, line, $"sbatch knows no option --{name}");
                value = equals < 0 ? null : word[(equals + 1)..];
            }
            else if (word.StartsWith('-') && word.Length > 1)
            {
                option = SbatchOption.Find(word[1])
                    ?? throw new BatchScriptException(path, line, $"sbatch knows no option -{word[1]}");
                value = word.Length > 2 ? word[2..] : null;
            }
            else
            {
                throw new BatchScriptException(path, line, $"'{word}' is no option; sbatch refuses the script (\"Invalid directive\")");
            }

            if (option.Takes == OptionValue.None && value is not null)
                throw new BatchScriptException(path, line, $"--{option.Name} takes no value, but '{value}' was given");
            if (option.Takes == OptionValue.Required && value is null)
            {
                if (++i == words.Count)
                    throw new BatchScriptException(path, line, $"--{option.Name} needs a value");
                value = words[i];
            }

            directives.Add(new(line, option, value));
        }

        return directives;
    }

    /// <summary>What stands behind #SBATCH, parted at the word that separates components.</summary>
    /// <returns>What is dropped is null where there is no such word.</returns>
    public static (string Options, string? Dropped) UpToSeparator(string text) =>
        Separator().Match(text) is { Success: true } match ? (match.Groups["options"].Value, text[match.Length..]) : (text, null);

    // In quotes it is part of a value; so it may be behind them, which nobody writes.
    [GeneratedRegex(@"^(?<options>[^""'#\\]*?)(?<=^|\s)(hetjob|packjob)(?=\s|$)", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Separator();

    private static List<string> Words(string path, int number, string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var inWord = false;
        char? quote = null;
        for (var i = 0; i < line.Length; i++)
        {
            var letter = line[i];
            if (letter == '\\' && i + 1 < line.Length)
            {
                word.Append(line[++i]);
                inWord = true;
            }
            else if (quote is not null || letter is '"' or '\'')
            {
                if (quote is not null && letter != quote)
                    word.Append(letter);
                else
                    quote = quote is null ? letter : null;
                inWord = true;
            }
            else if (letter == '#')
            {
                break;
            }
            else if (char.IsWhiteSpace(letter))
            {
                Flush();
            }
            else if (letter != '\\')
            {
                word.Append(letter);
                inWord = true;
            }
        }

        if (quote is not null)
            throw new BatchScriptException(path, number, $"the quote {quote} is not closed");
        Flush();
        return words;

        void Flush()
        {
            if (inWord)
                words.Add(word.ToString());
            word.Clear();
            inWord = false;
        }
    }
}
