using System.Text;
using System.Text.RegularExpressions;

namespace Cairn.Cli.BatchScripts;

/// <summary>
/// Reads #SBATCH lines as sbatch 22.05 was seen to do: only up to the first command; a line is a directive only when it
/// begins with exactly #SBATCH; quotes group, a backslash takes the next character as it is, unless that is a blank, an unescaped # ends the line,
/// even in the middle of a word. The words of all lines make one command line, so that an option without its value takes the first
/// word of the next directive. hetjob (once packjob) as the first word begins the next component of a heterogeneous job, and the
/// next command line; wherever it stands, the rest of its line is dropped.
/// </summary>
internal static partial class DirectiveReader
{
    public const string Magic = "#SBATCH";

    /// <summary>The directives that count.</summary>
    /// <exception cref="BatchScriptException">sbatch refuses the script because of them.</exception>
    public static DirectivesRead Read(string path, IReadOnlyList<string> lines)
    {
        var read = Scan(path, lines, FirstCommand(lines));
        return read.Refused is [var first, ..] ? throw first : read;
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
        var read = Scan(path, [.. Enumerable.Repeat("", line - 1), text], line);
        return read.Refused is [var first, ..] ? throw first : read.Directives;
    }

    /// <summary>The directives among the first lines, and all that is wrong with them.</summary>
    public static DirectivesRead Scan(string path, IReadOnlyList<string> lines, int end)
    {
        var read = new DirectivesRead([], [], []);
        var component = new List<DirectiveWord>();
        for (var index = 0; index < end; index++)
        {
            var line = lines[index].TrimEnd('\r');
            if (!line.StartsWith(Magic, StringComparison.Ordinal))
                continue;
            var (options, dropped) = UpToSeparator(line[Magic.Length..]);
            try
            {
                component.AddRange(Words(path, index + 1, options));
            }
            catch (BatchScriptException error)
            {
                read.Refused.Add(error);
            }

            if (dropped is null || !string.IsNullOrWhiteSpace(options))
                continue;
            new DirectiveParser(path, component, read).Parse();
            component.Clear();
            read.Directives.Add(new(index + 1, SbatchOption.NextComponent, null));
        }

        new DirectiveParser(path, component, read).Parse();
        return read;
    }

    /// <summary>What stands behind #SBATCH, parted at the word that separates components.</summary>
    /// <returns>What is dropped is null where there is no such word.</returns>
    public static (string Options, string? Dropped) UpToSeparator(string text) =>
        Separator().Match(text) is { Success: true } match ? (match.Groups["options"].Value, text[match.Length..]) : (text, null);

    // In quotes it is part of a value; so it may be behind them, which nobody writes.
    [GeneratedRegex(@"^(?<options>[^""'#\\]*?)(?<=^|\s)(hetjob|packjob)(?=\s|$)", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Separator();

    private static List<DirectiveWord> Words(string path, int number, string line)
    {
        var words = new List<DirectiveWord>();
        var word = new StringBuilder();
        var inWord = false;
        char? quote = null;
        for (var i = 0; i < line.Length; i++)
        {
            var letter = line[i];
            if (letter == '\\' && i + 1 < line.Length && !char.IsWhiteSpace(line[i + 1]))
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
                words.Add(new(number, word.ToString()));
            word.Clear();
            inWord = false;
        }
    }
}
