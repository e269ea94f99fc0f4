using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.SlurmForms;
using Spectre.Console;

namespace Cairn.Cli.LocalScheduler.Reports;

/// <summary>
/// What a person sees while the job runs, on standard error: a line an event, and on a terminal a live line below them.
/// The output of the program goes through here then, so that both keep out of each other's way.
/// </summary>
internal sealed class Progress
{
    private const string Prefix = "cairn local: ";

    private readonly Lock _gate = new();
    private readonly Stream _output = Console.OpenStandardOutput();
    private readonly Stream _error = Console.OpenStandardError();
    private readonly IAnsiConsole _console = Cairn.Cli.Output.Terminal.Console(Console.Error);
    private bool _atLineStart = true;
    private bool _liveShown;
    private bool _errorLost;
    private string _lastEvent = "";

    /// <summary>There is a terminal, so that a live line is shown and the program's output has to come through here.</summary>
    public bool IsLive { get; } = Cairn.Cli.Output.Terminal.IsLive;

    /// <summary>The console of standard error.</summary>
    public IAnsiConsole Terminal => _console;

    /// <summary>A line that stays.</summary>
    public void Event(string said)
    {
        var text = Printable.Of(said);
        lock (_gate)
        {
            _lastEvent = text;
            Clear();
            if (!_atLineStart)
                Write("\n");
            _atLineStart = true;
            Write(IsLive && _console.Profile.Capabilities.Ansi ? $"{Dim(Prefix)}{text}\n" : $"{Prefix}{text}\n");
        }
    }

    /// <summary>Redraws the live line.</summary>
    public void Refresh(Job job, DateTimeOffset now)
    {
        if (!IsLive)
            return;
        lock (_gate)
        {
            // Not in the middle of a line that the program is writing.
            if (!_atLineStart)
                return;
            Clear();
            var left = job.IsWaiting
                ? $"begins in {Durations.Format((job.NextInstant ?? now) - now)}"
                : job.Deadline is { } deadline ? $"{Durations.Format(deadline - now)} left" : "no limit";
            var line = $"attempt {job.Attempt} · {left} · {_lastEvent}";
            var width = Math.Max(20, _console.Profile.Width - 1);
            Write(Dim(line.Length > width ? line[..(width - 1)] + "…" : line));
            _liveShown = true;
        }
    }

    /// <summary>Output of the program on its way to the terminal.</summary>
    public void PassOn(ReadOnlySpan<byte> bytes, bool toError)
    {
        lock (_gate)
        {
            Clear();
            var stream = toError ? _error : _output;
            stream.Write(bytes);
            stream.Flush();
            _atLineStart = bytes[^1] == (byte)'\n';
        }
    }

    /// <summary>Takes the live line away for good.</summary>
    public void End()
    {
        lock (_gate)
            Clear();
    }

    private string Dim(string text) => _console.Profile.Capabilities.Ansi ? $"\e[2m{text}\e[0m" : text;

    private void Clear()
    {
        if (_liveShown)
            Write("\r\e[K");
        _liveShown = false;
    }

    // Nobody reads our lines any more (cairn local ... 2>&1 | head): the job goes on.
    private void Write(string text)
    {
        if (_errorLost)
            return;
        try
        {
            _error.Write(System.Text.Encoding.UTF8.GetBytes(text));
        }
        catch (IOException)
        {
            _errorLost = true;
        }
    }
}
