using System.Runtime.CompilerServices;
using Cairn.Posix;

namespace Cairn.Checkpoints;

/// <summary>
/// Threads that are kept, of one priority, for work that follows its caller or goes on behind it. To start a thread takes until
/// the system gives it a core: a millisecond, or ten where training keeps them all busy. To wake one takes its caller next to nothing.
/// </summary>
internal sealed class Crew
{
    private readonly object change = new();
    private readonly LinkedList<Action> waiting = [];
    private readonly string name;
    private readonly int nice;
    private int idle;

    /// <summary>A crew without threads yet. One is started when there is work and none is idle; it stays.</summary>
    /// <param name="name">What its threads are called.</param>
    /// <param name="nice">How nice they are at least, as in nice(2); Linux keeps that for each thread. A program that is as nice already yields enough.</param>
    public Crew(string name, int nice)
    {
        this.name = name;
        this.nice = nice;
    }

    /// <summary>The crew that this thread belongs to; null for a thread of the program's.</summary>
    [field: ThreadStatic]
    public static Crew? Current { get; private set; }

    /// <summary>Has something done, in the caller's execution context, and waits for nothing. What it throws ends the program, as with any thread.</summary>
    /// <returns>Takes it back, if nobody has begun it.</returns>
    /// <exception cref="OutOfMemoryException">The system gives no more threads; it will not be done.</exception>
    public Action Post(Action work)
    {
        // A kept thread has no context of its own to do it in.
        var context = ExecutionContext.Capture();
        LinkedListNode<Action> node;
        lock (change)
        {
            node = waiting.AddLast(context is null ? work : () => ExecutionContext.Run(context, _ => work(), null));
            if (waiting.Count <= idle)
            {
                Monitor.Pulse(change);
                return TakeBack;
            }
        }

        try
        {
            Start(new Thread(Serve) { IsBackground = true, Name = name });
        }
        catch (OutOfMemoryException)
        {
            // Another thread may have become free meanwhile, and have begun it.
            lock (change)
            {
                if (node.List is not null)
                {
                    waiting.Remove(node);
                    throw;
                }
            }
        }

        return TakeBack;

        void TakeBack()
        {
            lock (change)
            {
                if (node.List is not null)
                    waiting.Remove(node);
            }
        }
    }

    private void Start(Thread thread)
    {
        if (Current?.nice > nice)
        {
            Starter.Start(thread);
            return;
        }

        if (nice > 0)
            Starter.Prepare();
        thread.UnsafeStart();
    }

    private void Serve()
    {
        Current = this;
        if (nice - Libc.Nice(0) is > 0 and var missing)
            _ = Libc.Nice(missing); // never refused: it only gives up
        while (true)
            DoNext();
    }

    // In a frame of its own: a thread that waits for work keeps nothing of the last alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void DoNext() => Next()();

    private Action Next()
    {
        lock (change)
        {
            while (waiting.Count == 0)
            {
                idle++;
                Monitor.Wait(change);
                idle--;
            }

            var work = waiting.First!.Value;
            waiting.RemoveFirst();
            return work;
        }
    }
}
