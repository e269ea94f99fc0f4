using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.BatchScripts.Launches;

/// <summary>The variables that the script itself sets, as far as it is sure what is in them when a command runs.</summary>
/// <param name="loopNames">Names that loops set.</param>
internal sealed partial class Variables(IReadOnlySet<string> loopNames)
{
    private const int LongestValue = 10_000;

    private readonly Dictionary<string, (string Text, IReadOnlyList<ShellWord>? Items)?> _values = new(StringComparer.Ordinal);

    /// <summary>Takes note of what the command sets.</summary>
    public void Note(ShellCommand command)
    {
        if (command.Place.Substitution || command.Place.Subshell || command.Place.Background)
            return;
        var sure = command.Place is { Conditional: false, Loop: false };
        // Before a command they are that command's alone.
        if (command.Words.Count == 0)
        {
            foreach (var set in command.Assignments)
                Set(set.Name, set.Value, set.Items, set.Appends, sure);
            return;
        }

        switch (command.Name)
        {
            case "export" or "declare" or "local" or "readonly" or "typeset":
                foreach (var word in command.Words.Skip(1))
                {
                    var equals = word.Text.IndexOf('=', StringComparison.Ordinal);
                    if (equals > 0)
                        Set(word.Text[..equals].TrimEnd('+'), word.Text[(equals + 1)..], null, word.Text[equals - 1] == '+', sure);
                }

                break;
            case "printf" when command.Words is [_, { Text: "-v" }, var name, var form, ..] && form.Text.Contains(")T", StringComparison.Ordinal):
                Set(name.Text, "$(date)", null, appends: false, sure);
                break;
            case "read" or "mapfile" or "readarray" or "unset" or "printf" or "getopts" or "let":
                foreach (var word in command.Words.Skip(1))
                    _values[word.Text] = null;
                break;
        }
    }

    /// <summary>What stands in a text for variables that are known; the others stay as they are.</summary>
    public string Expand(string text) => text.Contains('$', StringComparison.Ordinal) ? Reference().Replace(text, One) : text;

    /// <summary>The command with the words that the shell would give it, as far as they are known.</summary>
    public ShellCommand Expand(ShellCommand command)
    {
        if (command.Words.All(word => word.IsLiteral))
            return command;
        var words = new List<ShellWord>();
        foreach (var word in command.Words)
        {
            if (word.IsLiteral || !word.Raw.Contains('$', StringComparison.Ordinal))
                words.Add(word);
            else if (ArrayReference().Match(word.Raw) is { Success: true } array && _values.GetValueOrDefault(array.Groups["name"].Value) is { Items: { } items })
                words.AddRange(items.Select(item => item with { Line = word.Line, Column = word.Column, Raw = word.Raw }));
            else
                words.AddRange(Expanded(word));
        }

        return words.Count == 0 ? command : command with { Words = words };
    }

    private IEnumerable<ShellWord> Expanded(ShellWord word)
    {
        var text = Expand(word.Text);
        if (text == word.Text || text.Length > LongestValue)
            return [word];
        var isLiteral = !text.AsSpan().ContainsAny("$`*?");
        if (word.Raw.Contains('"', StringComparison.Ordinal))
            return [word with { Text = text, IsLiteral = isLiteral }];
        return from part in text.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries)
               select word with { Text = part, IsLiteral = !part.AsSpan().ContainsAny("$`*?") };
    }

    private string One(Match match)
    {
        var name = match.Groups["name"].Value;
        if (loopNames.Contains(name))
            return match.Value;
        if (_values.TryGetValue(name, out var value))
            return value is { Items: null } known && !IsOfTheMoment(known.Text) ? known.Text : match.Value;
        // Not set by the script: what stands in its place then, unless the environment knows better.
        return match.Groups["default"].Success ? match.Groups["default"].Value : match.Value;
    }

    /// <summary>What was put into a variable last, $( ) and the like as they are written; null where nothing was, or it is not sure.</summary>
    public string? TextOf(string name) => _values.GetValueOrDefault(name) is { Items: null } known ? known.Text : null;

    // $!, $? and what a command prints are another thing each time.
    private static bool IsOfTheMoment(string text) =>
        text.Contains("$!", StringComparison.Ordinal) || text.Contains("$?", StringComparison.Ordinal) || text.Contains("$$", StringComparison.Ordinal)
        || text.Contains("$(", StringComparison.Ordinal) || text.Contains('`', StringComparison.Ordinal);

    private void Set(string name, string text, IReadOnlyList<ShellWord>? items, bool appends, bool sure)
    {
        var value = Expand(text);
        var before = _values.GetValueOrDefault(name);
        if (appends && items is null)
            value = before is { Items: null } known ? known.Text + value : "$" + name + value;
        if (appends && items is not null)
            items = before is { Items: { } earlier } ? [.. earlier, .. items] : null;
        // In a branch it is one value or another, unless both are the same.
        _values[name] = (sure || before == (value, items)) && value.Length <= LongestValue && !value.Contains("$" + name, StringComparison.Ordinal) ? (value, items) : null;
    }

    [GeneratedRegex(@"\$(\{(?<name>[A-Za-z_][A-Za-z0-9_]*|[0-9])(:?-(?<default>[^${}]*))?\}|(?<name>[A-Za-z_][A-Za-z0-9_]*))", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Reference();

    [GeneratedRegex(@"^""?\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)\[[@*]\]\}""?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex ArrayReference();
}
