using System.Diagnostics;

namespace Cairn.Cli.Output;

/// <summary>One line on standard error that is drawn anew while something takes its time; none without a terminal.</summary>
internal sealed class ProgressLine : IDisposable
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Stopwatch _sinceDrawn = Stopwatch.StartNew();
    private bool _isShown;

    /// <summary>Draws it, unless it was drawn a moment ago. From any thread.</summary>
    /// <param name="text">Makes the text; asked only when it is drawn.</param>
    public void Show(Func<string> text)
    {
        if (!Terminal.IsLive)
            return;
        lock (_gate)
        {
            if (_isShown && _sinceDrawn.Elapsed < Often)
                return;
            var line = Printable.Of(text());
            var width = Console.BufferWidth is > 20 and var columns ? columns - 1 : 79; // a terminal may not tell its width
            Terminal.Error.Write($"\r\e[K{(line.Length > width ? line[..width] : line)}");
            _isShown = true;
            _sinceDrawn.Restart();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_isShown)
                Terminal.Error.Write("\r\e[K");
            _isShown = false;
        }
    }
}
