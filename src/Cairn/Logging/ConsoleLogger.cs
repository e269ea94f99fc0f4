using Microsoft.Extensions.Logging;

namespace Cairn;

/// <summary>Where no logger was given: one line a message on standard error, so that the program's own output stays its own.</summary>
internal sealed class ConsoleLogger : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        var mark = logLevel switch
        {
            LogLevel.Information => string.Empty,
            LogLevel.Warning => "warning: ",
            _ => "error: ",
        };
        var cause = exception is null ? string.Empty : $" ({exception.Message})";

        // One call a line: lines of several processes in one log then stay whole.
        Console.Error.WriteLine(Printable.Of($"cairn: {mark}{formatter(state, exception)}{cause}"));
    }
}
