using System.Runtime.ExceptionServices;

namespace Cairn.Runs;

/// <summary>
/// Whether this thread has thrown anything since: a loop that is left tells nowhere whether by <c>break</c> or by an exception, and the
/// state of a step that an exception has broken off is not that step's.
/// </summary>
internal sealed class ThrownSince : IDisposable
{
    private readonly int thread = Environment.CurrentManagedThreadId;

    /// <summary>Looks from now on.</summary>
    public ThrownSince() => AppDomain.CurrentDomain.FirstChanceException += OnThrown;

    /// <summary>Whether it has, caught or not.</summary>
    public bool Any { get; private set; }

    public void Dispose() => AppDomain.CurrentDomain.FirstChanceException -= OnThrown;

    // Each thread that throws comes here, so what the others find must not be written back: it would undo what this one has just found.
    private void OnThrown(object? sender, FirstChanceExceptionEventArgs thrown)
    {
        if (Environment.CurrentManagedThreadId == thread)
            Any = true;
    }
}
