using System.Collections.Concurrent;

namespace Cairn.Checkpoints;

/// <summary>
/// Starts threads on behalf of nice ones. On Linux a thread begins as nice as the one that starts it, and only root may take that back;
/// so they are started from one that is as nice as the program was when it first had something done behind it, and does nothing else.
/// </summary>
internal static class Starter
{
    private static readonly BlockingCollection<(Thread Thread, TaskCompletionSource Started)> Requests = [];
    private static readonly Lock Gate = new();
    private static bool serves;

    /// <summary>To be called by a thread of the program's, before there is a nice one.</summary>
    /// <exception cref="OutOfMemoryException">The system gives no more threads.</exception>
    public static void Prepare()
    {
        lock (Gate)
        {
            if (serves)
                return;
            new Thread(Serve) { IsBackground = true, Name = "cairn starter" }.UnsafeStart();
            serves = true;
        }
    }

    /// <summary>Starts a thread that is no nicer than the program.</summary>
    /// <exception cref="OutOfMemoryException">The system gives no more threads.</exception>
    public static void Start(Thread thread)
    {
        var started = new TaskCompletionSource();
        Requests.Add((thread, started));
        started.Task.GetAwaiter().GetResult();
    }

    private static void Serve()
    {
        foreach (var (thread, started) in Requests.GetConsumingEnumerable())
        {
            try
            {
                thread.UnsafeStart();
                started.SetResult();
            }
            catch (Exception error)
            {
                started.SetException(error);
            }
        }
    }
}
