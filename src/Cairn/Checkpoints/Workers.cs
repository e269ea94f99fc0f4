using System.Runtime.ExceptionServices;

namespace Cairn.Checkpoints;

/// <summary>Does numbered pieces of work on a few threads of its own; the thread pool may be the training's, and busy.</summary>
internal static class Workers
{
    /// <summary>Returns when all pieces are done, or throws the first error when the others have stopped.</summary>
    /// <param name="pieces">How many pieces.</param>
    /// <param name="threads">On how many threads at most, this one included.</param>
    /// <param name="work">Does one piece.</param>
    public static void Do(int pieces, int threads, Action<int> work)
    {
        var next = -1;
        ExceptionDispatchInfo? failure = null;
        var others = new List<Thread>();
        while (others.Count < Math.Min(threads, pieces) - 1 && TryStart(Work) is { } other)
            others.Add(other);
        Work();
        foreach (var other in others)
            other.Join();
        failure?.Throw();

        // Where the system gives no more threads, fewer do it.
        static Thread? TryStart(ThreadStart work)
        {
            var thread = new Thread(work) { IsBackground = true, Name = "cairn worker" };
            try
            {
                thread.Start();
                return thread;
            }
            catch (OutOfMemoryException)
            {
                return null;
            }
        }

        void Work()
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
