namespace Cairn;

/// <summary>The checkpoint folder cannot be made or written.</summary>
public sealed class CheckpointFolderException : CairnException
{
    internal CheckpointFolderException(string folder, Exception cause)
        : base($"the checkpoint folder {folder} cannot be used: {cause.Message.TrimEnd('.')}. Choose another one, or see to its rights and its disk.", ExitCodes.NeverRequeue, cause) => Folder = folder;

    /// <summary>The folder.</summary>
    public string Folder { get; }
}
