using System.Text;

namespace Cairn.Cli.BatchScripts.Shell;

/// <summary>A position in a script's text, and the skipping of what separates words: blanks, comments, line ends, here-documents.</summary>
internal sealed class ShellText
{
    private readonly string _text;
    private readonly List<int> _lineStarts = [0];
    private readonly Queue<(string Delimiter, bool StripsTabs)> _hereDocuments = [];

    public ShellText(string text)
    {
        _text = text;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n')
                _lineStarts.Add(i + 1);
        }
    }

    /// <summary>Never beyond the end, whatever is skipped.</summary>
    public int At
    {
        get;
        set => field = Math.Min(value, _text.Length);
    }

    /// <summary>The lines that are comments from their first letter on.</summary>
    public HashSet<int> Comments { get; } = [];

    public bool IsAtEnd => At >= _text.Length;

    public char Here => Peek(0);

    public char Peek(int ahead) => At + ahead < _text.Length ? _text[At + ahead] : '\0';

    public string Since(int start) => _text[start..At];

    public (int Line, int Column) Position(int at)
    {
        var index = _lineStarts.BinarySearch(at);
        var line = index >= 0 ? index : ~index - 1;
        return (line + 1, at - _lineStarts[line]);
    }

    public bool Looking(string text) => string.CompareOrdinal(_text, At, text, 0, text.Length) == 0;

    public bool Take(string text)
    {
        if (!Looking(text))
            return false;
        At += text.Length;
        return true;
    }

    /// <summary>Whether this very word is next, and not only the beginning of a longer one.</summary>
    public bool LookingAtWord(string word) => Looking(word) && IsWordEnd(Peek(word.Length));

    public bool TakeWord(string word)
    {
        if (!LookingAtWord(word))
            return false;
        At += word.Length;
        return true;
    }

    public void SkipBlanks()
    {
        while (true)
        {
            if (Here is ' ' or '\t')
                At++;
            else if (!Take("\\\n"))
                break;
        }

        // A # begins a comment only where a word could begin, which is where this is called.
        if (Here == '#')
        {
            if (Position(At) is { Column: 0 } start)
                Comments.Add(start.Line);
            while (!IsAtEnd && Here != '\n')
                At++;
        }
    }

    public void SkipLines()
    {
        SkipBlanks();
        while (Here == '\n' && !IsAtEnd)
        {
            EndLine();
            SkipBlanks();
        }
    }

    public void ExpectHereDocument(string delimiter, bool stripsTabs) => _hereDocuments.Enqueue((delimiter, stripsTabs));

    public static bool IsWordEnd(char letter) => letter is '\0' or ' ' or '\t' or '\n' or ';' or '&' or '|' or '<' or '>' or '(' or ')';

    /// <summary>Takes the line's end, and the here-documents that begin behind it.</summary>
    private void EndLine()
    {
        At++;
        while (_hereDocuments.TryDequeue(out var document))
        {
            var line = new StringBuilder();
            do
            {
                if (IsAtEnd)
                    return; // bash takes the end of the file for the end of the document, with a warning.
                line.Clear();
                while (!IsAtEnd && Here != '\n')
                    line.Append(_text[At++]);
                At++;
            }
            while ((document.StripsTabs ? line.ToString().TrimStart('\t') : line.ToString()) != document.Delimiter);
        }
    }
}
