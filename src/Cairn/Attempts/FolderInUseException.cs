namespace Cairn;

/// <summary>Another job, or another process of this one, uses the checkpoint folder.</summary>
public sealed class FolderInUseException : CairnException
{
    internal FolderInUseException(string folder, string who)
        : base($"the checkpoint folder {folder} is in use: {who}. Two writers would overwrite each other; wait for the other one, stop it, or choose another folder.", ExitCodes.NeverRequeue) => Folder = folder;

    /// <summary>The folder.</summary>
    public string Folder { get; }
}
