namespace Cairn.Cli.BatchScripts;

/// <summary>From the words of the #SBATCH lines to options, as getopt does it.</summary>
internal sealed class DirectiveParser(string path, IReadOnlyList<DirectiveWord> words, DirectivesRead read)
{
    private int _at;

    public void Parse()
    {
        for (_at = 0; _at < words.Count; _at++)
        {
            var (line, word) = words[_at];
            if (word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2)
                Long(line, word[2..]);
            else if (word is ['-', not '-', ..])
                Letters(line, word);
            else if (word is not "--")
                Refuse(line, $"'{word}' is no option; sbatch refuses the script (\"Invalid directive\")");
        }
    }

    private void Long(int line, string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? text : text[..equals];
        var value = equals < 0 ? null : text[(equals + 1)..];
        if (SbatchOption.Find(name) is { } option)
            Take(line, option, value);
        else if (SbatchOption.Beginning(name) is { Count: > 1 } several)
            Refuse(line, $"sbatch knows no option --{name}; it begins {string.Join(", ", several.Take(4).Select(one => "--" + one))}");
        else if (SbatchOption.Meant(name) is { } meant)
            Refuse(line, $"sbatch knows no option --{name}; --{meant} is the nearest that it knows");
        else
            Skip(line, name, value);
    }

    // What a plugin knows may have its value in the next word.
    private void Skip(int line, string name, string? value)
    {
        read.Unknown.Add((line, name));
        if (value is null)
            SkipValue(line);
    }

    private void SkipValue(int line)
    {
        if (_at + 1 < words.Count && words[_at + 1].Line == line && words[_at + 1].Text is not ['-', ..])
            _at++;
    }

    // -vvn2 is -v -v -n 2.
    private void Letters(int line, string word)
    {
        for (var i = 1; i < word.Length; i++)
        {
            if (SbatchOption.Find(word[i]) is not { } option)
            {
                Refuse(line, $"sbatch knows no option -{word[i]}");
                SkipValue(line);
                return;
            }

            if (option.Takes == OptionValue.Required)
            {
                Take(line, option, i + 1 < word.Length ? word[(i + 1)..] : null);
                return;
            }

            Take(line, option, null);
        }
    }

    private void Take(int line, SbatchOption option, string? value)
    {
        if (option.Takes == OptionValue.None && value is not null)
        {
            Refuse(line, $"--{option.Name} takes no value, but '{value}' was given");
            return;
        }

        if (option.Takes == OptionValue.Required && value is null)
        {
            if (++_at >= words.Count)
            {
                Refuse(line, $"--{option.Name} needs a value");
                return;
            }

            value = words[_at].Text;
        }

        read.Directives.Add(new(line, option, value) { ValueLine = option.Takes == OptionValue.Required && _at < words.Count ? words[_at].Line : line });
    }

    private void Refuse(int line, string problem) => read.Refused.Add(new(path, line, problem));
}
