namespace Cairn.Checkpoints;

/// <summary>A checkpoint that is on the disk for good.</summary>
/// <param name="Step">Its step.</param>
/// <param name="Path">Its directory.</param>
/// <param name="Bytes">The size of all its files.</param>
/// <param name="Duration">How long the save took.</param>
/// <param name="AlreadyThere">Whether it was there before, valid and current, so that nothing was written.</param>
internal sealed record SavedCheckpoint(long Step, string Path, long Bytes, TimeSpan Duration, bool AlreadyThere);

/// <summary>A save that was begun. The state was taken; when it is durable, or why it is not, is known here.</summary>
/// <remarks>Today a save is over when it is returned. Callers are not to rely on that.</remarks>
internal sealed class PendingSave(long step, Task<SavedCheckpoint> durable)
{
    /// <summary>The step whose state was taken.</summary>
    public long Step => step;

    /// <summary>
    /// Completes when the checkpoint is on the disk for good. Fails with <see cref="CheckpointWriteException"/>, with what a
    /// part threw while its tensors were copied, or with what <see cref="CheckpointStore.BeforeCommit"/> threw; then
    /// nothing was committed.
    /// </summary>
    public Task<SavedCheckpoint> Durable => durable;

    /// <summary>Waits for <see cref="Durable"/>.</summary>
    public SavedCheckpoint Wait() => durable.GetAwaiter().GetResult();
}
