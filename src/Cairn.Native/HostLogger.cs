using Microsoft.Extensions.Logging;

namespace Cairn.Native;

/// <summary>The engine's own log, in the host's names.</summary>
internal sealed class HostLogger : ILogger
{
    private readonly ConsoleLogger console = new();

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => console.BeginScope(state);

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => console.IsEnabled(logLevel);

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        console.Log(logLevel, eventId, state, exception, (what, error) => HostWords.Of(formatter(what, error)));
}
