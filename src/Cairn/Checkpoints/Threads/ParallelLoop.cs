using System.Runtime.ExceptionServices;

namespace Cairn.Checkpoints.Threads;

/// <summary>Numbered pieces of work, for whoever comes to help; each is done once, and they are begun in their order.</summary>
internal sealed class ParallelLoop(int pieces, Action<int> work)
{
    private readonly object change = new();
    private int next = -1;
    private int helpers;
    private bool closed;
    private ExceptionDispatchInfo? failure;

    /// <summary>Does pieces until there is none left. One who comes too late has nothing to do, and nobody waits for him.</summary>
    public void Help()
    {
        lock (change)
        {
            if (closed)
                return;
            helpers++;
        }

        Work();
        lock (change)
        {
            if (--helpers == 0)
                Monitor.Pulse(change);
        }
    }

    /// <summary>Does pieces as well, and returns when all are done, or throws the first error when the others have stopped.</summary>
    public void Complete()
    {
        Work();
        lock (change)
        {
            closed = true;
            while (helpers > 0)
                Monitor.Wait(change);
        }

        failure?.Throw();
    }

    private void Work()
    {
        while (Volatile.Read(ref failure) is null && Interlocked.Increment(ref next) is var piece && piece < pieces)
        {
            try
            {
                work(piece);
            }
            catch (Exception error)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(error), null);
            }
        }
    }
}
