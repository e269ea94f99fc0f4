namespace Cairn.Cli.Wrapper;

/// <summary>What happens, in its order, for the one thread that acts upon it.</summary>
internal sealed class Inbox
{
    private readonly object _gate = new();
    private readonly Queue<Action> _waiting = [];

    public void Post(Action action)
    {
        lock (_gate)
        {
            _waiting.Enqueue(action);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>The next one, or null when none came for so long.</summary>
    public Action? Take(TimeSpan patience)
    {
        lock (_gate)
        {
            // In whole milliseconds, and not cut off: the rest of one would be waited for by looking again and again.
            if (_waiting.Count == 0 && patience > TimeSpan.Zero)
                Monitor.Wait(_gate, (int)Math.Ceiling(patience.TotalMilliseconds));
            return _waiting.TryDequeue(out var action) ? action : null;
        }
    }
}
