using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Cairn.Tests.Runs;

/// <summary>Keeps what is logged.</summary>
internal sealed class ListLogger : ILogger
{
    public ConcurrentQueue<string> Messages { get; } = [];

    /// <summary>The messages' events, in the same order.</summary>
    public ConcurrentQueue<EventId> Events { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Events.Enqueue(eventId);
        Messages.Enqueue($"{logLevel} {formatter(state, exception)}");
    }
}
