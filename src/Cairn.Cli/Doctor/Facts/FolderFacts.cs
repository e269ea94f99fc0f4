namespace Cairn.Cli.Doctor.Facts;

/// <summary>The checkpoint folder and the file system that it is on.</summary>
internal sealed record FolderFacts
{
    /// <summary>The folder.</summary>
    public required string Path { get; init; }

    /// <summary>Whether it exists.</summary>
    public required bool Exists { get; init; }

    /// <summary>Where it was tried out: the folder, or the nearest above it that exists.</summary>
    public required string Tried { get; init; }

    /// <summary>Why nothing can be written there; null when it can.</summary>
    public string? Problem { get; init; }

    /// <summary>The file system; null where the system does not tell.</summary>
    public FileSystemKind? Kind { get; init; }

    /// <summary>Bytes free for this user; null where the system does not tell.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>The size of the newest checkpoint; null where there is none.</summary>
    public long? CheckpointBytes { get; init; }

    /// <summary>What it can do; null where nothing can be written.</summary>
    public FileSystemAbilities? Abilities { get; init; }

    /// <summary>Over how many servers Lustre spreads a new file there (-1: all); null on another file system, or where lfs does not tell.</summary>
    public int? Stripes { get; init; }

    /// <summary>How fast it is; null where that was not measured.</summary>
    public Speed? Speed { get; init; }
}

/// <summary>What a file system can do, as tried out.</summary>
/// <param name="Rename">A directory with a file in it gets another name by rename(2), and the file is in it.</param>
/// <param name="DirectIo">It takes writes past the page cache.</param>
/// <param name="HardLinks">A file can have a second name.</param>
/// <param name="Locks">It knows flock(2).</param>
internal sealed record FileSystemAbilities(bool Rename, bool DirectIo, bool HardLinks, bool Locks);

/// <summary>A short measurement, one thread.</summary>
/// <param name="Bytes">How much was written.</param>
/// <param name="WriteSeconds">Written and synced.</param>
/// <param name="ReadSeconds">Read again.</param>
/// <param name="PastCache">Whether the read came from the disk and not from memory.</param>
internal sealed record Speed(long Bytes, double WriteSeconds, double ReadSeconds, bool PastCache)
{
    public double WriteRate => Bytes / Math.Max(WriteSeconds, 1e-6);

    public double ReadRate => Bytes / Math.Max(ReadSeconds, 1e-6);
}
