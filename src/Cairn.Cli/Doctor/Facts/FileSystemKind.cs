namespace Cairn.Cli.Doctor.Facts;

/// <summary>Where a file system's bytes are.</summary>
internal enum Storage
{
    /// <summary>Nobody can tell.</summary>
    Unknown,

    /// <summary>On servers that several nodes mount.</summary>
    Shared,

    /// <summary>On a disk of this machine.</summary>
    Local,

    /// <summary>In this machine's memory.</summary>
    Memory,
}

/// <summary>A file system by the number that statfs(2) gives it.</summary>
internal sealed record FileSystemKind(string Name, Storage Storage)
{
    public static FileSystemKind Lustre { get; } = new("Lustre", Storage.Shared);

    private static readonly Dictionary<uint, FileSystemKind> Known = new()
    {
        [0x6969] = new("NFS", Storage.Shared),
        [0x0bd00bd0] = Lustre,
        [0x47504653] = new("GPFS", Storage.Shared),
        [0x19830326] = new("BeeGFS", Storage.Shared),
        [0x00c36400] = new("CephFS", Storage.Shared),
        [0xaad7aaea] = new("PanFS", Storage.Shared),
        [0x20030528] = new("OrangeFS", Storage.Shared),
        [0x7461636f] = new("OCFS2", Storage.Shared),
        [0x01161970] = new("GFS2", Storage.Shared),
        [0x5346414f] = new("AFS", Storage.Shared),
        [0xff534d42] = new("CIFS", Storage.Shared),
        [0xfe534d42] = new("SMB", Storage.Shared),
        [0xef53] = new("ext4", Storage.Local),
        [0x58465342] = new("XFS", Storage.Local),
        [0x9123683e] = new("Btrfs", Storage.Local),
        [0x2fc12fc1] = new("ZFS", Storage.Local),
        [0xf2f52010] = new("F2FS", Storage.Local),
        [0xca451a4e] = new("bcachefs", Storage.Local),
        [0x794c7630] = new("overlay (a container's own layer)", Storage.Local),
        [0x01021994] = new("tmpfs", Storage.Memory),
        [0x858458f6] = new("ramfs", Storage.Memory),
        [0x65735546] = new("FUSE", Storage.Unknown),
        [0x01021997] = new("9p", Storage.Unknown),
    };

    public static FileSystemKind Of(uint number) => Known.GetValueOrDefault(number) ?? new($"file system 0x{number:x}", Storage.Unknown);
}
