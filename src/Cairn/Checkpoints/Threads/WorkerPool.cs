using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Cairn.Posix;

namespace Cairn.Checkpoints.Threads;

/// <summary>
/// A fixed number of threads of one priority, started together and kept: to start one takes until the system gives it a core, a
/// millisecond, or ten where training keeps them all busy; to wake one takes its caller next to nothing. The runtime's own thread pool may be
/// the training's, and busy.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    /// <summary>What reads checkpoints, wherever no pool is at work already. More than the cores of a small machine: a reader mostly waits for the disk.</summary>
    public static readonly WorkerPool Readers = new("cairn read", threads: 3);

    private readonly object change = new();
    private readonly Lock starting = new();
    private readonly LinkedList<Action> waiting = [];
    private readonly string name;
    private readonly int threads;
    private readonly int nice;
    private readonly WorkerPool? asProgram;
    private int started;
    private bool closed;

    /// <summary>A pool whose threads are not started yet.</summary>
    /// <param name="name">What its threads are called.</param>
    /// <param name="threads">How many there will be.</param>
    /// <param name="nice">How nice they are at least, as in nice(2); Linux keeps that for each thread. A program that is as nice already yields enough.</param>
    /// <param name="asProgram">For nice ones: the pool with the program's own priority that does what they must not do themselves.</param>
    public WorkerPool(string name, int threads, int nice = 0, WorkerPool? asProgram = null)
    {
        this.name = name;
        this.threads = threads;
        this.nice = nice;
        this.asProgram = asProgram;
    }

    /// <summary>The pool that this thread belongs to; null for a thread of the program's.</summary>
    [field: ThreadStatic]
    public static WorkerPool? Current { get; private set; }

    /// <summary>Starts all of its threads, if that was not done; those that the system refuses are asked for again by the next call.</summary>
    /// <returns>False when it gives not one.</returns>
    public bool Start()
    {
        asProgram?.Start();

        // A thread begins as nice as the one that starts it, and only root may take that back: so none is ever started by one of a pool.
        if (Current is null && Volatile.Read(ref started) < threads)
            StartMissing();
        return Volatile.Read(ref started) > 0;
    }

    /// <summary>Has something done, in the caller's execution context, and waits for nothing. What it throws ends the program, as with any thread.</summary>
    /// <returns>Takes it back, if nobody has begun it; null when the system gives no threads, and it will not be done.</returns>
    public Action? TryPost(Action work)
    {
        if (!Start())
            return null;

        // A kept thread has no context of its own to do it in.
        var context = ExecutionContext.Capture();
        LinkedListNode<Action> node;
        lock (change)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            node = waiting.AddLast(context is null ? work : () => ExecutionContext.Run(context, _ => work(), null));
            Monitor.Pulse(change);
        }

        return () =>
        {
            lock (change)
            {
                if (node.List is not null)
                    waiting.Remove(node);
            }
        };
    }

    /// <summary>
    /// Does numbered pieces of work, the caller among those who do. They are taken in their order. Returns when all are done, or throws the
    /// first error when the others have stopped. A thread of a pool is helped by its own.
    /// </summary>
    /// <param name="pieces">How many pieces.</param>
    /// <param name="threads">On how many threads at most, this one included. Where the system gives fewer, fewer do it.</param>
    /// <param name="work">Does one piece.</param>
    public void Run(int pieces, int threads, Action<int> work)
    {
        var (loop, pool, calls) = (new ParallelLoop(pieces, work), Current ?? this, new List<Action>());
        while (calls.Count < Math.Min(threads, pieces) - 1 && pool.TryPost(loop.Help) is { } takeBack)
            calls.Add(takeBack);
        try
        {
            loop.Complete();
        }
        finally
        {
            calls.ForEach(takeBack => takeBack());
        }
    }

    /// <summary>
    /// Does something with the program's own priority, and returns when it is done: for what starts threads that are not Cairn's, the
    /// runtime's thread pool say, which would stay as nice as the one that started them.
    /// </summary>
    public static void DoAsProgram(Action work)
    {
        if (Current?.asProgram is not { } pool)
        {
            work();
            return;
        }

        using var done = new ManualResetEventSlim();
        ExceptionDispatchInfo? failure = null;
        if (pool.TryPost(Try) is null)
        {
            work();
            return;
        }

        done.Wait();
        failure?.Throw();

        void Try()
        {
            try
            {
                work();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }

            done.Set();
        }
    }

    /// <summary>Ends the threads when they have done what was posted.</summary>
    public void Dispose()
    {
        lock (change)
        {
            closed = true;
            Monitor.PulseAll(change);
        }
    }

    private void StartMissing()
    {
        lock (starting)
        {
            try
            {
                while (started < threads)
                {
                    new Thread(Serve) { IsBackground = true, Name = name }.UnsafeStart();
                    started++;
                }
            }
            catch (OutOfMemoryException)
            {
                // Fewer do it.
            }
        }
    }

    private void Serve()
    {
        Current = this;
        if (nice - Libc.Nice(0) is > 0 and var missing)
            _ = Libc.Nice(missing); // never refused: it only gives up
        while (DoNext())
        {
            // Until the pool is closed.
        }
    }

    // In a frame of its own: a thread that waits for work keeps nothing of the last alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool DoNext()
    {
        if (Next() is not { } work)
            return false;
        work();
        return true;
    }

    private Action? Next()
    {
        lock (change)
        {
            while (waiting.Count == 0)
            {
                if (closed)
                    return null;
                Monitor.Wait(change);
            }

            var work = waiting.First!.Value;
            waiting.RemoveFirst();
            return work;
        }
    }
}
