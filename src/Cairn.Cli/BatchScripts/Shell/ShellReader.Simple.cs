namespace Cairn.Cli.BatchScripts.Shell;

/// <summary>Simple commands: assignments, words, redirections; and [[ ]], which looks like one.</summary>
internal sealed partial class ShellReader
{
    /// <returns>Whether it is plain: words and assignments, no redirection, no function's definition.</returns>
    private bool Simple()
    {
        var start = _text.At;
        var redirected = false;
        var assignments = new List<ShellAssignment>();
        var words = new List<ShellWord>();
        var place = _place;
        var index = _commands.Count;
        while (true)
        {
            _text.SkipBlanks();
            if (Redirection())
            {
                redirected = true;
                continue;
            }

            if (ShellText.IsWordEnd(_text.Here) && !_text.Looking("<(") && !_text.Looking(">("))
            {
                if (_text.Here == '(' && words.Count == 1)
                {
                    Function(words[0].Text);
                    return false;
                }

                break;
            }

            if (words is [{ Raw: "[[" }, ..])
            {
                TestExpression(words);
                break;
            }

            var word = Word();
            var name = AssignedName(word.Raw);
            var (value, items) = name is null ? ("", null) : Value(word);
            if (words.Count == 0 && name is not null)
                assignments.Add(new(word.Line, name, value) { Items = items, IsLiteral = word.IsLiteral && items is null, Appends = word.Raw.Contains("+=", StringComparison.Ordinal) });
            else
                words.Add(word);
        }

        if (_text.At == start)
            throw new ShellSyntaxException($"'{_text.Here}' was not expected");
        // What is substituted into a command runs before it, but the command is what the reader of the list wants to see first.
        _commands.Insert(index, new(_text.Position(start).Line, assignments, words, place));
        _simple = index;
        return !redirected;
    }

    // NAME=VALUE, or NAME=( ... ).
    private (string Text, List<ShellWord>? Items) Value(ShellWord word)
    {
        var equals = word.Text.IndexOf('=', StringComparison.Ordinal);
        if (equals != word.Text.Length - 1 || _text.Here != '(')
            return (word.Text[(equals + 1)..], null);
        _text.At++;
        var items = new List<ShellWord>();
        while (true)
        {
            _text.SkipLines();
            if (_text.Take(")"))
                return ("", items);
            if (ShellText.IsWordEnd(_text.Here))
                throw new ShellSyntaxException("an array is not closed");
            items.Add(Word());
        }
    }

    // Behind [[: < and > compare there, && and || and ( ) group.
    private void TestExpression(List<ShellWord> words)
    {
        while (true)
        {
            _text.SkipLines();
            if (_text.IsAtEnd)
                throw new ShellSyntaxException("[[ is not closed");
            if (ShellText.IsWordEnd(_text.Here))
            {
                _text.At++;
                continue;
            }

            var word = Word();
            words.Add(word);
            if (word.Raw == "]]")
                return;
        }
    }

    private static string? AssignedName(string raw)
    {
        var equals = raw.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            return null;
        var name = raw[..equals].TrimEnd('+');
        if (name.IndexOf('[', StringComparison.Ordinal) is var bracket and > 0)
            name = name[..bracket];
        return name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_') ? name : null;
    }

    /// <returns>False when no redirection comes.</returns>
    private bool Redirection()
    {
        var start = _text.At;
        while (char.IsAsciiDigit(_text.Here))
            _text.At++;
        if (_text.At == start && _text.Looking("&>"))
            _text.At++;
        if (_text.Here is not ('<' or '>') || (_text.At == start && _text.Peek(1) == '('))
        {
            _text.At = start;
            return false;
        }

        if (_text.Take("<<<"))
        {
            Target();
        }
        else if (_text.Take("<<"))
        {
            var strips = _text.Take("-");
            _text.ExpectHereDocument(Target().Text, strips);
        }
        else
        {
            _text.At++;
            _ = _text.Take(">") || _text.Take("|") || _text.Take("&") || _text.Take(">");
            Target();
        }

        return true;

        ShellWord Target()
        {
            _text.SkipBlanks();
            return Word();
        }
    }
}
