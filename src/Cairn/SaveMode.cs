namespace Cairn;

/// <summary>How a save is made.</summary>
public enum SaveMode
{
    /// <summary>
    /// The loop waits while the state is copied; hashing and writing go on behind the training. Needs memory for one more
    /// state besides the model, kept for the whole run.
    /// </summary>
    Asynchronous,

    /// <summary>The loop waits until the checkpoint is durable; the state is streamed to the disk and needs no memory besides.</summary>
    Synchronous,
}
