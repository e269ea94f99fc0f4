namespace Cairn.Checkpoints;

/// <summary>A checkpoint that is on the disk for good.</summary>
/// <param name="Step">Its step.</param>
/// <param name="Path">Its directory.</param>
/// <param name="Bytes">The size of all its files.</param>
/// <param name="Duration">How long the save took.</param>
/// <param name="AlreadyThere">Whether it was there before, valid and current, so that nothing was written.</param>
public sealed record SavedCheckpoint(long Step, string Path, long Bytes, TimeSpan Duration, bool AlreadyThere);

/// <summary>A save that was begun. The state was taken; when it is durable, or why it is not, is known here.</summary>
/// <remarks>Today a save is over when it is returned. Callers are not to rely on that.</remarks>
public sealed class PendingSave
{
    internal PendingSave(long step, Task<SavedCheckpoint> durable)
    {
        Step = step;
        Durable = durable;
    }

    /// <summary>The step whose state was taken.</summary>
    public long Step { get; }

    /// <summary>
    /// Completes when the checkpoint is on the disk for good. Fails with <see cref="CheckpointWriteException"/>, with what a
    /// part threw while its tensors were copied, or with <see cref="Attempts.SupersededException"/>; then nothing was committed.
    /// </summary>
    public Task<SavedCheckpoint> Durable { get; }

    /// <summary>Waits for <see cref="Durable"/>.</summary>
    public SavedCheckpoint Wait() => Durable.GetAwaiter().GetResult();
}
