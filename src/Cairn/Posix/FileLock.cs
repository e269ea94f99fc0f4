namespace Cairn.Posix;

/// <summary>The outcome of asking for a file's lock.</summary>
internal enum FileLock
{
    /// <summary>It is ours until the file is closed or the process ends.</summary>
    Taken,

    /// <summary>Another open file holds it: its owner lives.</summary>
    HeldByAnother,

    /// <summary>The file system has no locks (some mounts of Lustre and NFS).</summary>
    Unsupported,
}
