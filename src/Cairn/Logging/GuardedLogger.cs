using Microsoft.Extensions.Logging;

namespace Cairn;

/// <summary>
/// A logger that never throws: a log on a full disk must not cost the job its requeue. What messages say in words it hands on as numbers, too.
/// </summary>
internal sealed class GuardedLogger(ILogger inner) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            if (inner.IsEnabled(logLevel) && NumberedState.Of(state) is { } numbered)
                inner.Log(logLevel, eventId, numbered, exception, (_, error) => formatter(state, error));
            else
                inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            // Whatever a user's logger may throw; there is nobody to tell.
        }
    }
}
