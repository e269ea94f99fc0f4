namespace Cairn;

/// <summary>
/// Something of a checkpoint, or the folder's list of them, cannot be read just now: no rights, a stale handle of a network's file
/// system, too many open files, an I/O error, a time-out. That is no damage: no older checkpoint is used instead without being told.
/// </summary>
/// <remarks>It is tried again for about ten seconds before this is thrown at a start.</remarks>
public sealed class CheckpointReadException : CairnException
{
    // Another node, or the same one later, may well read it: to a wrapper and to Slurm this is a program that failed.
    private const int Failed = 1;
    private const string Advice = "See to the file system, its rights and this node, and start again";

    internal CheckpointReadException(string path, string? file, Exception cause)
        : this(
            path,
            file,
            $"checkpoint {path} can't be read now: {(file is null ? "" : file + ": ")}{cause.Message.TrimEnd('.')}. That is no damage, so no older one is taken for it. " +
            $"{Advice}; to go on without this checkpoint, move it away.",
            cause)
    {
    }

    private CheckpointReadException(string path, string? file, string message, Exception cause)
        : base(message, Failed, cause)
    {
        Path = path;
        File = file;
    }

    /// <summary>The checkpoint's directory, or the folder of all of them.</summary>
    public string Path { get; }

    /// <summary>The name of the file in it; null when it is the directory itself.</summary>
    public string? File { get; }

    /// <summary>What the system said.</summary>
    internal string Problem => (File is null ? "" : File + ": ") + InnerException!.Message;

    /// <summary>Another rank has read it.</summary>
    internal static CheckpointReadException OfUnseen(string path) =>
        new(path, file: null, new IOException($"rank 0 goes on from it, and it is not seen on {Environment.MachineName}: is that the same folder?"));

    internal static CheckpointReadException OfFolder(string folder, Exception cause) => new(
        folder, file: null, $"the checkpoint folder {folder} can't be listed now: {cause.Message.TrimEnd('.')}. {Advice}.", cause);

    internal static CheckpointReadException OfFile(string path, Exception cause) => new(
        path, file: null, $"{path} can't be read now: {cause.Message.TrimEnd('.')}. {Advice}.", cause);

    internal static CheckpointReadException OfJournals(string folder, Exception cause) => new(
        folder, file: null, $"the journals in {folder} can't be read now: {cause.Message.TrimEnd('.')}. They say which checkpoints belong to the run. {Advice}.", cause);
}
