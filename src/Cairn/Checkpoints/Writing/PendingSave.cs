using Cairn.Checkpoints.Threads;

namespace Cairn;

/// <summary>A checkpoint that is on the disk for good.</summary>
/// <param name="Step">Its step.</param>
/// <param name="Path">Its directory.</param>
/// <param name="Bytes">The size of all its files.</param>
/// <param name="Duration">How long the save took, from the begin of the write; the copy of the state before it is not in it.</param>
/// <param name="AlreadyThere">Whether it was there before, valid and current, so that nothing was written.</param>
public sealed record SavedCheckpoint(long Step, string Path, long Bytes, TimeSpan Duration, bool AlreadyThere);

/// <summary>A save that was begun. The state was taken; when it is durable, or why it is not, is known here.</summary>
public sealed class PendingSave
{
    private readonly TaskCompletionSource<SavedCheckpoint> durable = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WorkerPool? threads;
    private TaskCompletionSource? ended;
    private TimeProvider? time;
    private long began;

    internal PendingSave(long step, WorkerPool? threads)
    {
        Step = step;
        this.threads = threads;
    }

    /// <summary>The step whose state was taken.</summary>
    public long Step { get; }

    /// <summary>
    /// Completes when the checkpoint is on the disk for good. Fails with <see cref="CheckpointWriteException"/>, with what a
    /// part threw while its tensors were copied, or with <see cref="SupersededException"/>; then nothing was committed.
    /// </summary>
    public Task<SavedCheckpoint> Durable => durable.Task;

    /// <summary>Whether nothing of it is under way any more.</summary>
    internal bool IsOver => ended is null or { Task.IsCompleted: true };

    /// <summary>How long it has been writing, or wrote.</summary>
    internal TimeSpan Elapsed => time?.GetElapsedTime(began) ?? TimeSpan.Zero;

    /// <summary>Waits for <see cref="Durable"/>.</summary>
    public SavedCheckpoint Wait() => Durable.GetAwaiter().GetResult();

    /// <summary>A save that is there already.</summary>
    internal static PendingSave Done(SavedCheckpoint saved)
    {
        var save = new PendingSave(saved.Step, threads: null);
        save.durable.SetResult(saved);
        return save;
    }

    /// <summary>Waits until it is over, at most so long.</summary>
    internal bool Join(TimeSpan patience) => ended is null || ended.Task.Wait(patience);

    internal void Begins(TimeProvider clock)
    {
        time = clock;
        began = clock.GetTimestamp();
        ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    internal void Do(Func<SavedCheckpoint> write)
    {
        try
        {
            var saved = write();
            WorkerPool.DoAsProgram(() => durable.SetResult(saved));
        }
        catch (Exception error)
        {
            WorkerPool.DoAsProgram(() => durable.SetException(error));

            // Whoever wants to know asks; a failure that nobody awaits must not come up in the finalizer thread.
            _ = durable.Task.Exception;
        }
    }

    /// <summary>What follows on the outcome is done beside the caller; the save is over when that is.</summary>
    internal void GoOnBehind(TimeProvider clock, Action then)
    {
        Begins(clock);
        if (threads!.TryPost(Go) is null)
            Go();

        void Go()
        {
            try
            {
                then();
            }
            finally
            {
                End();
            }
        }
    }

    internal void End() => ended!.SetResult();
}
