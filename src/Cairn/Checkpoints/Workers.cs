using System.Runtime.ExceptionServices;

namespace Cairn.Checkpoints;

/// <summary>Does work on threads of its own; the thread pool may be the training's, and busy.</summary>
internal static class Workers
{
    // Whoever waits for these has nothing else to do.
    private static readonly Crew Prompt = new("cairn worker", nice: 0);

    // What is done behind the training should not be felt there. A ninth of a usual thread's share, and no less: a save is to come to
    // its end on a busy machine, too.
    private static readonly Crew Yielding = new("cairn save", nice: 10);

    /// <summary>
    /// Has something done behind the caller, by a thread that gets a core only where nobody else of this program wants one, or
    /// nearly so; and so for all that it does by <see cref="Do"/>.
    /// </summary>
    /// <exception cref="OutOfMemoryException">The system gives no more threads.</exception>
    public static void DoBehind(Action work) => Yielding.Post(work);

    /// <summary>Has something done beside the caller, by a thread with the program's own priority: somebody will wait for it.</summary>
    /// <exception cref="OutOfMemoryException">The system gives no more threads.</exception>
    public static void DoBeside(Action work) => Prompt.Post(work);

    /// <summary>
    /// Does something with the program's own priority, and returns when it is done: for what starts threads that are not Cairn's, the
    /// thread pool's say, which would stay as nice as the one that started them.
    /// </summary>
    public static void DoAsProgram(Action work)
    {
        if (Crew.Current != Yielding)
        {
            work();
            return;
        }

        using var done = new ManualResetEventSlim();
        ExceptionDispatchInfo? failure = null;
        try
        {
            Prompt.Post(() =>
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
            });
        }
        catch (OutOfMemoryException)
        {
            work();
            return;
        }

        done.Wait();
        failure?.Throw();
    }

    /// <summary>Does numbered pieces of work on a few threads. Returns when all pieces are done, or throws the first error when the others have stopped.</summary>
    /// <param name="pieces">How many pieces.</param>
    /// <param name="threads">On how many threads at most, this one included. Where the system gives fewer, fewer do it.</param>
    /// <param name="work">Does one piece.</param>
    public static void Do(int pieces, int threads, Action<int> work)
    {
        var (job, crew, calls) = (new Job(pieces, work), Crew.Current ?? Prompt, new List<Action>());
        try
        {
            while (calls.Count < Math.Min(threads, pieces) - 1)
                calls.Add(crew.Post(job.Help));
        }
        catch (OutOfMemoryException)
        {
            // Fewer do it.
        }

        try
        {
            job.Complete();
        }
        finally
        {
            calls.ForEach(takeBack => takeBack());
        }
    }

    /// <summary>Numbered pieces of work, for whoever comes to help.</summary>
    private sealed class Job(int pieces, Action<int> work)
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

        /// <summary>Does pieces as well, and returns when all are done.</summary>
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
}
