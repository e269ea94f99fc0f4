using Cairn.Checkpoints.Shares;
using Cairn.Posix;

namespace Cairn;

/// <summary>A checkpoint could not be written. The older ones are as they were, and a later save may work.</summary>
public sealed class CheckpointWriteException : CairnException
{
    // No code of Cairn's own: to a wrapper and to Slurm this is a program that failed, and may be requeued by the user's rules.
    private const int Failed = 1;

    internal CheckpointWriteException(string path, long step, long bytes, IOException cause)
        : base($"checkpoint {step} was not written: {cause.Message.TrimEnd('.')}. {Advice(bytes, cause)} The older checkpoints are unharmed.", Failed, cause)
    {
        Path = path;
        Step = step;
        Bytes = bytes;
        DiskFull = IsFull(cause);
    }

    /// <summary>The directory that the checkpoint would have had.</summary>
    public string Path { get; }

    /// <summary>The step whose state was to be saved.</summary>
    public long Step { get; }

    /// <summary>How many bytes the save needs on the disk.</summary>
    public long Bytes { get; }

    /// <summary>Whether there was no space left, or the quota was used up.</summary>
    public bool DiskFull { get; }

    private static bool IsFull(IOException cause) => cause is PosixException { IsFull: true } or ShareFailedException { IsFull: true };

    private static string Advice(long bytes, IOException cause) => IsFull(cause)
        ? $"A checkpoint needs {bytes / 1e6:0.0} MB: free some space, ask for a larger quota, or keep fewer checkpoints."
        : (cause as ShareFailedException)?.Advice ?? "Make sure that the checkpoint directory can be written and that its file system is sound.";
}
