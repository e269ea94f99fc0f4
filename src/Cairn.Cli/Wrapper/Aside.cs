using System.Runtime.ExceptionServices;

namespace Cairn.Cli.Wrapper;

/// <summary>
/// Does what may wait for a file system, beside those who ask for it: they go on where no answer comes. Its threads exist before they are
/// needed, for later there may be none to be had; one that hangs is replaced as long as that is possible.
/// </summary>
internal sealed class Aside
{
    private const int AtFirst = 2;
    private const int Most = 8;
    private const int StackSize = 256 * 1024;

    private readonly object _gate = new();
    private readonly Queue<Action> _waiting = [];
    private int _threads;
    private int _idle;

    /// <exception cref="OutOfMemoryException">No thread can be started.</exception>
    public Aside()
    {
        while (_threads < AtFirst)
        {
            _threads++;
            Start();
        }
    }

    /// <summary>Has it done, at some time. Never waits and never starts a thread.</summary>
    /// <param name="errand">Does not throw.</param>
    public void Begin(Action errand)
    {
        lock (_gate)
        {
            _waiting.Enqueue(errand);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Has it done and waits for that, but no longer than so long. Then it may be done still, or later, or never.</summary>
    /// <exception cref="IOException">It took too long; or what the errand throws.</exception>
    public T Do<T>(Func<T> errand, TimeSpan patience)
    {
        var answer = new Answer<T>();
        Begin(() => answer.Come(errand));
        return answer.Await(patience);
    }

    /// <inheritdoc cref="Do{T}"/>
    public void Do(Action errand, TimeSpan patience) => Do(
        () =>
        {
            errand();
            return true;
        },
        patience);

    private void Start() => new Thread(Work, StackSize) { IsBackground = true, Name = "cairn aside" }.Start();

    private void Work()
    {
        while (true)
        {
            Action? errand;
            bool isLast;
            lock (_gate)
            {
                _idle++;
                while (!_waiting.TryDequeue(out errand))
                    Monitor.Wait(_gate);
                _idle--;
                isLast = _idle == 0 && _threads < Most;
                if (isLast)
                    _threads++;
            }

            if (isLast)
                Replace();
            errand();
        }
    }

    private void Replace()
    {
        try
        {
            Start();
        }
        catch (Exception error) when (error is OutOfMemoryException or ThreadStartException)
        {
            lock (_gate)
                _threads--; // none is left: what comes waits for this one
        }
    }

    private sealed class Answer<T>
    {
        private readonly object _gate = new();
        private bool _isThere;
        private T _value = default!;
        private ExceptionDispatchInfo? _error;

        public void Come(Func<T> errand)
        {
            try
            {
                _value = errand();
            }
#pragma warning disable CA1031 // whatever it is, it is the asker's
            catch (Exception error)
#pragma warning restore CA1031
            {
                _error = ExceptionDispatchInfo.Capture(error);
            }

            lock (_gate)
            {
                _isThere = true;
                Monitor.Pulse(_gate);
            }
        }

        public T Await(TimeSpan patience)
        {
            var began = TimeProvider.System.GetTimestamp();
            lock (_gate)
            {
                while (!_isThere)
                {
                    var left = patience - TimeProvider.System.GetElapsedTime(began);
                    if (left <= TimeSpan.Zero || !Monitor.Wait(_gate, left))
                        break;
                }

                if (!_isThere)
                    throw new IOException($"the file system has not answered for {SlurmForms.Durations.Format(patience)}");
            }

            _error?.Throw();
            return _value;
        }
    }
}
