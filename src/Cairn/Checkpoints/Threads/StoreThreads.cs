using Cairn.Checkpoints.Writing;

namespace Cairn.Checkpoints.Threads;

/// <summary>All threads that a store saves with. They are its own: what one store's save waits for, an optimizer's step say, never holds up another's.</summary>
internal sealed class StoreThreads : IDisposable
{
    /// <summary>Threads with the program's own priority: somebody waits for what they do.</summary>
    public WorkerPool Foreground { get; }

    /// <summary>
    /// Threads for what is done behind the training and should not be felt there: a ninth of a usual thread's share of a core, and no
    /// less, for a save is to come to its end on a busy machine, too.
    /// </summary>
    public WorkerPool Background { get; }

    public StoreThreads()
    {
        // A save that is awaited is written while it is still copied; the caller is the first of those who copy.
        Foreground = new WorkerPool("cairn worker", CheckpointWriter.Threads + StagedState.CopyThreads - 1);
        Background = new WorkerPool("cairn save", CheckpointWriter.Threads, nice: 10, Foreground);
    }

    /// <summary>
    /// Starts them, as far as the system gives any: later the training keeps the cores busy, and would wait for each. By a thread that
    /// is no nicer than the program.
    /// </summary>
    /// <param name="background">Whether something will be saved behind the training.</param>
    public void Start(bool background)
    {
        // Those that it does not give are asked for again at the save, which tells of it.
        Foreground.Start();
        if (background)
            Background.Start();
    }

    public void Dispose()
    {
        Foreground.Dispose();
        Background.Dispose();
    }
}
