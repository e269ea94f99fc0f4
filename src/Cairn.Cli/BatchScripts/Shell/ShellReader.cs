namespace Cairn.Cli.BatchScripts.Shell;

/// <summary>
/// Reads the grammar of bash as far as a batch script's shape depends on it: lists, pipelines, background, branches, loops,
/// functions, subshells, here-documents. What a command does is not looked at here.
/// </summary>
internal sealed partial class ShellReader(string text)
{
    // Deeper nesting is no script of a person; without a bound it would overflow the stack.
    private const int DeepestNesting = 80;

    private readonly ShellText _text = new(text);
    private readonly List<ShellCommand> _commands = [];
    private ShellPlace _place;
    private int _depth;

    public IReadOnlyList<ShellCommand> Read()
    {
        List();
        return _text.IsAtEnd ? _commands : throw new ShellSyntaxException($"'{_text.Here}' closes nothing");
    }

    private void List(params ReadOnlySpan<string> closers)
    {
        while (true)
        {
            _text.SkipLines();
            if (_text.IsAtEnd || IsAtCloser(closers))
                return;
            var first = _commands.Count;
            AndOr();
            _text.SkipBlanks();
            if (_text.Here == '&')
            {
                _text.At++;
                Mark(first, place => place with { Background = true });
            }
            else if (_text.Here == ';' && _text.Peek(1) is not (';' or '&'))
            {
                _text.At++;
            }
            else if (_text.Here != '\n' && !_text.IsAtEnd && !IsAtCloser(closers))
            {
                throw new ShellSyntaxException($"'{_text.Here}' was not expected");
            }
        }
    }

    private bool IsAtCloser(ReadOnlySpan<string> closers)
    {
        foreach (var closer in closers)
        {
            if (char.IsAsciiLetter(closer[0]) || closer == "}" ? _text.LookingAtWord(closer) : _text.Looking(closer))
                return true;
        }

        return false;
    }

    private void AndOr()
    {
        var first = _commands.Count;
        Pipeline();
        while (true)
        {
            _text.SkipBlanks();
            if (!_text.Take("&&") && !_text.Take("||"))
                return;
            Mark(first, place => place with { Guarded = true });
            _text.SkipLines();
            first = _commands.Count;
            Pipeline();
            Mark(first, place => place with { Conditional = true });
        }
    }

    private void Pipeline()
    {
        var first = _commands.Count;
        var negated = _text.TakeWord("!");
        _text.SkipBlanks();
        if (_text.TakeWord("time"))
        {
            _text.SkipBlanks();
            _text.TakeWord("-p");
            _text.SkipBlanks();
        }

        Command();
        var piped = false;
        while (true)
        {
            _text.SkipBlanks();
            if (_text.Here != '|' || _text.Peek(1) == '|')
                break;
            _text.At += _text.Peek(1) == '&' ? 2 : 1;
            piped = true;
            _text.SkipLines();
            Command();
        }

        if (negated || piped)
            Mark(first, place => place with { Guarded = place.Guarded || negated, Piped = place.Piped || piped });
    }

    private void Command()
    {
        if (++_depth > DeepestNesting)
            throw new ShellSyntaxException("nested too deeply");
        if (!Compound())
            Simple();
        _depth--;
    }

    /// <returns>False when what comes is no compound command.</returns>
    private bool Compound()
    {
        if (_text.Take("(("))
            Arithmetic();
        else if (_text.Take("("))
            Within(place => place with { Subshell = true }, ")");
        else if (_text.TakeWord("{"))
            Within(place => place, "}");
        else if (_text.TakeWord("if"))
            If();
        else if (_text.TakeWord("while") || _text.TakeWord("until"))
            While();
        else if (_text.TakeWord("for") || _text.TakeWord("select"))
            For();
        else if (_text.TakeWord("case"))
            Case();
        else if (_text.TakeWord("function"))
            NamedFunction();
        else if (_text.LookingAtWord("coproc"))
            throw new ShellSyntaxException("coproc is not understood");
        else
            return false;
        _text.SkipBlanks();
        while (Redirection())
            _text.SkipBlanks();
        return true;
    }

    private void Within(Func<ShellPlace, ShellPlace> inside, string closer)
    {
        var outside = _place;
        _place = inside(_place);
        List(closer);
        _place = outside;
        if (!(char.IsAsciiLetter(closer[0]) || closer == "}" ? _text.TakeWord(closer) : _text.Take(closer)))
            throw new ShellSyntaxException($"{closer} is missing");
    }

    private void If()
    {
        Within(place => place with { Guarded = true }, "then");
        while (true)
        {
            var outside = _place;
            _place = _place with { Conditional = true };
            List("elif", "else", "fi");
            _place = outside;
            if (_text.TakeWord("fi"))
                return;
            if (_text.TakeWord("elif"))
                Within(place => place with { Guarded = true, Conditional = true }, "then");
            else if (!_text.TakeWord("else"))
                throw new ShellSyntaxException("fi is missing");
        }
    }

    private void While()
    {
        Within(place => place with { Guarded = true, Loop = true }, "do");
        Within(place => place with { Loop = true }, "done");
    }

    private void For()
    {
        _text.SkipBlanks();
        if (_text.Take("(("))
        {
            Arithmetic();
        }
        else
        {
            _ = Word();
            _text.SkipLines();
            if (_text.TakeWord("in"))
            {
                _text.SkipBlanks();
                while (!ShellText.IsWordEnd(_text.Here))
                {
                    _ = Word();
                    _text.SkipBlanks();
                }
            }
        }

        _text.SkipBlanks();
        _ = _text.Take(";");
        _text.SkipLines();
        if (_text.TakeWord("{"))
            Within(place => place with { Loop = true }, "}");
        else if (_text.TakeWord("do"))
            Within(place => place with { Loop = true }, "done");
        else
            throw new ShellSyntaxException("do is missing");
    }

    private void Case()
    {
        _text.SkipBlanks();
        _ = Word();
        _text.SkipLines();
        if (!_text.TakeWord("in"))
            throw new ShellSyntaxException("in is missing");
        while (true)
        {
            _text.SkipLines();
            if (_text.TakeWord("esac"))
                return;
            _ = _text.Take("(");
            do
            {
                _text.SkipBlanks();
                _ = Word();
                _text.SkipBlanks();
            }
            while (_text.Take("|"));
            if (!_text.Take(")"))
                throw new ShellSyntaxException("a pattern of case does not end in )");
            var outside = _place;
            _place = _place with { Conditional = true };
            List(";;", ";&", "esac");
            _place = outside;
            if (!_text.Take(";;&") && !_text.Take(";;") && !_text.Take(";&") && !_text.LookingAtWord("esac"))
                throw new ShellSyntaxException("esac is missing");
        }
    }

    private void NamedFunction()
    {
        _text.SkipBlanks();
        Function(Word().Text);
    }

    private void Function(string name)
    {
        _text.SkipBlanks();
        if (_text.Take("("))
        {
            _text.SkipBlanks();
            if (!_text.Take(")"))
                throw new ShellSyntaxException("the ) of a function is missing");
        }

        _text.SkipLines();
        var outside = _place;
        // What surrounds the definition does not surround the call.
        _place = new() { Function = name };
        if (!Compound())
            throw new ShellSyntaxException("a function has no body");
        _place = outside;
    }

    // (( )) and $(( )), behind their opening.
    private void Arithmetic()
    {
        for (var open = 2; open > 0; _text.At++)
        {
            if (_text.IsAtEnd)
                throw new ShellSyntaxException("(( is not closed");
            open += _text.Here switch { '(' => 1, ')' => -1, _ => 0 };
        }
    }

    private ShellWord Word() =>
        new ShellWordReader(_text, Substituted).Read();

    // $( ), behind its opening.
    private void Substituted()
    {
        if (++_depth > DeepestNesting)
            throw new ShellSyntaxException("nested too deeply");
        Within(place => place with { Substitution = true }, ")");
        _depth--;
    }

    private void Mark(int first, Func<ShellPlace, ShellPlace> mark)
    {
        for (var i = first; i < _commands.Count; i++)
        {
            // A function that is defined here runs elsewhere.
            if (_commands[i].Place.Function == _place.Function)
                _commands[i] = _commands[i] with { Place = mark(_commands[i].Place) };
        }
    }
}
