using System.Text;

namespace Cairn.Cli.BatchScripts.Shell;

/// <summary>Reads one word: quotes, backslashes, and the bounds of what the shell would expand.</summary>
/// <param name="text">The script.</param>
/// <param name="substituted">Reads the commands of $( ) up to and with its closing parenthesis.</param>
internal sealed class ShellWordReader(ShellText text, Action substituted)
{
    private readonly StringBuilder _value = new();
    private bool _isLiteral = true;

    public ShellWord Read()
    {
        var start = text.At;
        while (!text.IsAtEnd)
        {
            if (text.Here is '<' or '>' && text.Peek(1) == '(' && text.At == start)
            {
                text.At++;
                Expansion(Parenthesis);
            }
            else if (text.Here == '(' && text.At > start && text.Peek(-1) is '?' or '*' or '+' or '@' or '!' && text.At - 1 >= start)
            {
                Expansion(Parenthesis);
            }
            else if (ShellText.IsWordEnd(text.Here))
            {
                break;
            }
            else
            {
                Piece();
            }
        }

        if (text.At == start)
            throw new ShellSyntaxException("a word is missing");
        var (line, column) = text.Position(start);
        return new(line, column, text.Since(start), _value.ToString(), _isLiteral);
    }

    private void Piece()
    {
        switch (text.Here)
        {
            case '\\' when text.Peek(1) == '\n':
                text.At += 2;
                break;
            case '\\':
                text.At++;
                Keep();
                break;
            case '\'':
                text.At++;
                Until('\'');
                break;
            case '"':
                DoubleQuoted();
                break;
            case '$' or '`':
                Dollar();
                break;
            case '*' or '?':
                _isLiteral = false;
                Keep();
                break;
            default:
                Keep();
                break;
        }
    }

    private void DoubleQuoted()
    {
        text.At++;
        while (text.Here != '"' || text.IsAtEnd)
        {
            if (text.IsAtEnd)
                throw new ShellSyntaxException("a quote is not closed");
            if (text.Here == '\\' && text.Peek(1) == '\n')
                text.At += 2;
            else if (text.Here == '\\' && text.Peek(1) is '$' or '`' or '"' or '\\')
                Escaped();
            else if (text.Here is '$' or '`')
                Dollar();
            else
                Keep();
        }

        text.At++;
    }

    private void Escaped()
    {
        text.At++;
        Keep();
    }

    private void Dollar()
    {
        if (text.Here == '`')
        {
            Expansion(Backticks);
            return;
        }

        switch (text.Peek(1))
        {
            case '(' when text.Peek(2) == '(':
                text.At++;
                Expansion(Parenthesis);
                break;
            case '(':
                Expansion(() =>
                {
                    text.At += 2;
                    substituted();
                });
                break;
            case '{':
                text.At++;
                Expansion(Brace);
                break;
            case '\'':
                text.At += 2;
                while (text.Here != '\'' || text.IsAtEnd)
                {
                    if (text.IsAtEnd)
                        throw new ShellSyntaxException("a quote is not closed");
                    if (text.Here == '\\')
                        text.At++;
                    Keep();
                }

                text.At++;
                break;
            case '"':
                text.At++;
                break;
            case var next:
                _isLiteral &= !(char.IsAsciiLetterOrDigit(next) || next is '_' or '@' or '*' or '#' or '?' or '$' or '!' or '-');
                Keep();
                if (!_isLiteral && next is '#' or '?' or '*' or '$' or '!')
                    Keep();
                break;
        }
    }

    // An expansion stands in the word's text as it is written.
    private void Expansion(Action skip)
    {
        var start = text.At;
        // The sign before the bracket: $ or, of a process substitution, < or >.
        if (start > 0 && text.Here is '(' or '{')
            start -= text.Peek(-1) is '$' or '<' or '>' ? 1 : 0;
        skip();
        _isLiteral = false;
        _value.Append(text.Since(start));
    }

    private void Parenthesis() => Bracketed('(', ')');

    private void Brace() => Bracketed('{', '}');

    private void Bracketed(char open, char close)
    {
        var depth = 0;
        do
        {
            if (text.IsAtEnd)
                throw new ShellSyntaxException($"{open} is not closed");
            if (text.Here == '\\')
                text.At++;
            else if (text.Here == '\'' && open == '(')
                SkipQuoted('\'');
            else if (text.Here == '"')
                SkipQuoted('"');
            else if (text.Here == open)
                depth++;
            else if (text.Here == close)
                depth--;
            text.At++;
        }
        while (depth > 0);
    }

    private void SkipQuoted(char quote)
    {
        text.At++;
        while (text.Here != quote || text.IsAtEnd)
        {
            if (text.IsAtEnd)
                throw new ShellSyntaxException("a quote is not closed");
            if (quote == '"' && text.Here == '\\')
                text.At++;
            text.At++;
        }
    }

    private void Backticks()
    {
        text.At++;
        while (text.Here != '`' || text.IsAtEnd)
        {
            if (text.IsAtEnd)
                throw new ShellSyntaxException("a backtick is not closed");
            text.At += text.Here == '\\' ? 2 : 1;
        }

        text.At++;
    }

    private void Until(char end)
    {
        while (text.Here != end || text.IsAtEnd)
        {
            if (text.IsAtEnd)
                throw new ShellSyntaxException("a quote is not closed");
            Keep();
        }

        text.At++;
    }

    private void Keep()
    {
        if (text.IsAtEnd)
            return;
        _value.Append(text.Here);
        text.At++;
    }
}
