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
    private readonly HashSet<string> _loopNames = new(StringComparer.Ordinal);
    private ShellPlace _place;
    private int _depth;
    private int _simple; // the simple command that was read last
    private (int Command, int End)? _tail;

    public ShellScript Read()
    {
        List();
        if (!_text.IsAtEnd)
            throw new ShellSyntaxException($"'{_text.Here}' closes nothing");
        return new(true, _commands) { Comments = _text.Comments, LoopNames = _loopNames, Tail = _tail is { } tail && _text.Since(tail.End) is "" or "\n" ? _commands[tail.Command] : null };
    }

    private void List(params ReadOnlySpan<string> closers)
    {
        var outermost = closers.IsEmpty;
        bool behindOther = false, behindBackground = false; // in the same line
        while (true)
        {
            var end = _text.At;
            _text.SkipLines();
            if (_text.Since(end).Replace("\\\n", "", StringComparison.Ordinal).Contains('\n', StringComparison.Ordinal))
                behindOther = behindBackground = false;
            if (_text.IsAtEnd || IsAtCloser(closers))
                return;
            var first = _commands.Count;
            var (isPlain, isChain) = AndOr();
            _text.SkipBlanks();
            if (outermost)
                _tail = isPlain && !behindBackground && !(isChain && behindOther) ? (_simple, 0) : null;
            (behindOther, behindBackground) = (true, false);
            if (_text.Here == '&')
            {
                _text.At++;
                Mark(first, place => place with { Background = true });
                behindBackground = true;
                if (outermost)
                    _tail = null;
            }
            else if (_text.Here == ';' && _text.Peek(1) is not (';' or '&'))
            {
                _text.At++;
            }
            else if (_text.Here != '\n' && !_text.IsAtEnd && !IsAtCloser(closers))
            {
                throw new ShellSyntaxException($"'{_text.Here}' was not expected");
            }

            if (outermost && _tail is { } tail)
            {
                _text.SkipBlanks();
                _tail = tail with { End = _text.At };
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

    /// <returns>Whether it ends in a plain command, and whether that stands behind &amp;&amp; or ||.</returns>
    private (bool IsPlain, bool IsChain) AndOr()
    {
        var first = _commands.Count;
        var isPlain = Pipeline();
        var isChain = false;
        while (true)
        {
            _text.SkipBlanks();
            var otherwise = _text.Looking("||");
            if (!_text.Take("&&") && !_text.Take("||"))
                return (isPlain, isChain);
            Mark(first, place => place with { Guarded = true });
            _text.SkipLines();
            first = _commands.Count;
            isPlain = Pipeline();
            isChain = true;
            Mark(first, place => place with { Conditional = true, Otherwise = place.Otherwise || otherwise });
        }
    }

    /// <returns>Whether it is a plain command.</returns>
    private bool Pipeline()
    {
        var first = _commands.Count;
        var negated = _text.TakeWord("!");
        _text.SkipBlanks();
        var timed = _text.TakeWord("time");
        if (timed)
        {
            _text.SkipBlanks();
            _text.TakeWord("-p");
            _text.SkipBlanks();
        }

        var isPlain = Command();
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
            Mark(first, place => place with { Guarded = place.Guarded || negated, Negated = place.Negated ^ negated, Piped = place.Piped || piped });
        return isPlain && !timed && !negated && !piped;
    }

    /// <returns>Whether it is a plain command.</returns>
    private bool Command()
    {
        if (++_depth > DeepestNesting)
            throw new ShellSyntaxException("nested too deeply");
        var isPlain = !Compound() && Simple();
        _depth--;
        return isPlain;
    }

    /// <returns>False when what comes is no compound command.</returns>
    private bool Compound()
    {
        if (_text.Looking("(("))
            ArithmeticCommand();
        else if (_text.Take("("))
            Within(place => place with { Subshell = true }, ")");
        else if (_text.TakeWord("{"))
            Within(place => place, "}");
        else if (_text.TakeWord("if"))
            If();
        else if (_text.TakeWord("while"))
            While(isUntil: false);
        else if (_text.TakeWord("until"))
            While(isUntil: true);
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
        var first = _commands.Count;
        Within(place => place with { Guarded = true }, "then");
        var holds = InJob.Holds([.. _commands.Skip(first)]);
        bool isOpen = false, isDecided = false; // by the branches before: one may have run, one has
        while (true)
        {
            first = _commands.Count;
            var outside = _place;
            if (isOpen || holds is null)
                _place = _place with { Conditional = true, Else = _place.Else || isOpen };
            List("elif", "else", "fi");
            _place = outside;
            // What never runs in a job is no part of the script.
            if (isDecided || holds == false)
                _commands.RemoveRange(first, _commands.Count - first);
            isDecided |= holds == true;
            isOpen |= holds is null;
            if (_text.TakeWord("fi"))
                return;
            first = _commands.Count;
            if (_text.TakeWord("elif"))
            {
                Within(place => place with { Guarded = true, Conditional = true }, "then");
                holds = InJob.Holds([.. _commands.Skip(first)]);
            }
            else if (_text.TakeWord("else"))
            {
                holds = true;
            }
            else
            {
                throw new ShellSyntaxException("fi is missing");
            }
        }
    }

    private void While(bool isUntil)
    {
        var first = _commands.Count;
        Within(place => place with { Guarded = true, Loop = true }, "do");
        if (isUntil)
            Mark(first, place => place with { Negated = !place.Negated });
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
            _loopNames.Add(Word().Text);
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

    // It is a condition as [ ] is one, so that it is among the commands.
    private void ArithmeticCommand()
    {
        var begin = _text.At;
        var (line, _) = _text.Position(begin);
        _text.At += 2;
        Arithmetic();
        var inner = _text.Since(begin)[2..^2];
        _commands.Add(new(line, [], [new(line, ShellWord.Nowhere, ShellCommand.Arithmetic, ShellCommand.Arithmetic, true), new(line, ShellWord.Nowhere, inner, inner.Trim(), false)], _place));
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
