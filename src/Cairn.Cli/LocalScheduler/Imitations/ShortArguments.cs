namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary>
/// Walks through arguments in getopt's way: -hj7, -j 7, --job=7, --job 7. Which long options have a value is not known
/// here: <see cref="Value"/> takes the next argument only when it is asked for.
/// </summary>
/// <param name="arguments">As they were given.</param>
/// <param name="flags">Letters without a value.</param>
/// <param name="valued">Letters with a value.</param>
internal sealed class ShortArguments(IReadOnlyList<string> arguments, string flags, string valued)
{
    private int _index;
    private string _cluster = "";
    private string? _glued;

    /// <summary>The option without its dashes; empty for a word that is no option.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The argument as it was given, for messages.</summary>
    public string Text { get; private set; } = "";

    /// <summary>The option's value; the next argument where it is not glued on; null when there is none.</summary>
    public string? Value
    {
        get
        {
            if (_glued is null && _cluster.Length == 0 && _index < arguments.Count)
                _glued = arguments[_index++];
            return _glued;
        }
    }

    /// <summary>The value that is glued on, as optional ones are; null when there is none.</summary>
    public string? Glued => _glued;

    /// <summary>The arguments that have not been looked at.</summary>
    public IReadOnlyList<string> Rest => [.. arguments.Skip(_index)];

    public bool Next()
    {
        _glued = null;
        if (_cluster.Length > 0)
        {
            TakeLetter();
            return true;
        }

        if (_index == arguments.Count)
            return false;
        Text = arguments[_index++];
        if (Text.StartsWith("--", StringComparison.Ordinal))
        {
            var equals = Text.IndexOf('=', StringComparison.Ordinal);
            Name = equals < 0 ? Text[2..] : Text[2..equals];
            _glued = equals < 0 ? null : Text[(equals + 1)..];
        }
        else if (Text.Length > 1 && Text[0] == '-')
        {
            _cluster = Text[1..];
            TakeLetter();
        }
        else
        {
            // "--" alone ends the options: it is no option either.
            Name = "";
        }

        return true;
    }

    private void TakeLetter()
    {
        var letter = _cluster[0];
        _cluster = _cluster[1..];
        Name = letter.ToString();
        if (flags.Contains(letter, StringComparison.Ordinal))
            return;
        if (valued.Contains(letter, StringComparison.Ordinal) && _cluster.Length > 0)
            _glued = _cluster.StartsWith('=') ? _cluster[1..] : _cluster;
        _cluster = "";
    }
}
