using System.Runtime.ExceptionServices;

namespace Cairn.Checkpoints.Writing;

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
        var others = new Thread[Math.Max(0, Math.Min(threads, pieces) - 1)];
        for (var i = 0; i < others.Length; i++)
        {
            others[i] = new Thread(Work) { IsBackground = true, Name = "cairn worker" };
            others[i].Start();
        }

        Work();
        foreach (var other in others)
            other.Join();
        failure?.Throw();

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
