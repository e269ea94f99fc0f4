using Cairn.Posix;

namespace Cairn;

/// <summary>The checkpoint folder cannot be made or written.</summary>
/// <remarks>
/// Its exit code is <see cref="ExitCodes.NeverRequeue"/> where the name or the rights are wrong, and 1 where the disk or the file system failed (an I/O error, a
/// full disk, a stale handle, too many open files), which was tried again for about ten seconds at a start.
/// </remarks>
public sealed class CheckpointFolderException : CairnException
{
    // Another node, or the same one later, may well use it: to a wrapper and to Slurm this is a program that failed.
    private const int Failed = 1;

    internal CheckpointFolderException(string folder, Exception cause)
        : base(
            $"the checkpoint folder {folder} cannot be used: {cause.Message.TrimEnd('.')}. Choose another one, or see to its rights and its disk.",
            Errno.TellsOfTheName(cause) ? ExitCodes.NeverRequeue : Failed,
            cause) => Folder = folder;

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Whether it may be usable in a moment.</summary>
    internal bool MayPass => ExitCode == Failed;
}
