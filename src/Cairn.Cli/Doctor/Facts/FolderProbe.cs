using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Cairn.Cli.Inspection;
using Cairn.Posix;
using Cairn.Slurm;

namespace Cairn.Cli.Doctor.Facts;

/// <summary>Tries out what a checkpoint needs, in the folder itself, and leaves nothing behind.</summary>
internal static partial class FolderProbe
{
    private const int Piece = 4 << 20;

    // A slow disk must not hold the doctor up.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LfsPatience = TimeSpan.FromSeconds(10);

    /// <param name="folder">The folder, which need not exist; it is not made.</param>
    /// <param name="speedBytes">How much to write and read at most; 0 for no measurement.</param>
    public static FolderFacts Examine(string folder, long speedBytes)
    {
        var tried = folder;
        while (!Directory.Exists(tried) && Path.GetDirectoryName(tried) is { } above)
            tried = above;
        var facts = new FolderFacts { Path = folder, Exists = Directory.Exists(folder), Tried = tried };
        if (!facts.Exists && new FileInfo(folder).LinkTarget is { } target)
            return facts with { Problem = $"it is a symbolic link to {target}, which is no folder" };
        if (!facts.Exists && Path.Exists(folder))
            return facts with { Problem = "it is a file" };
        var (kind, free) = StatusOf(tried);
        facts = facts with { Kind = kind, FreeBytes = free, CheckpointBytes = facts.Exists ? NewestBytes(folder) : null, Stripes = kind == FileSystemKind.Lustre ? Stripes(tried) : null };
        try
        {
            facts = facts with { Abilities = TryOut(tried) };
            return speedBytes == 0 ? facts : facts with { Speed = Measure(tried, Math.Min(speedBytes, (free ?? long.MaxValue) / 10 / Piece * Piece), facts.Abilities.DirectIo) };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return facts with { Problem = error.Message };
        }
    }

    private static FileSystemAbilities TryOut(string folder)
    {
        var name = Path.Combine(folder, $".cairn-doctor-{Guid.NewGuid():N}");
        var renamed = name + "-renamed";
        PosixDirectory.CreateNew(name);
        try
        {
            bool direct, locks, links;
            using (var directory = PosixDirectory.Open(name, followLink: false))
            using (var file = PosixFile.CreateNew(directory, "file"))
            using (var memory = new AlignedMemory(AlignedMemory.Block))
            {
                direct = file.TryBeDirect() && TakesDirect(file, memory);
                file.BeBuffered();
                file.WriteAt(0, memory.At(0, AlignedMemory.Block));
                file.Sync();
                directory.Sync();
                locks = file.TryLock() != FileLock.Unsupported;
                links = TryLink(folder, directory, name);
            }

            return new(TryRename(name, renamed), direct, links, locks);
        }
        finally
        {
            foreach (var path in (string[])[name, renamed])
            {
                if (Directory.Exists(path))
                    Directory.Delete(path, recursive: true);
            }
        }
    }

    // Some file systems take the flag, and then no write.
    private static bool TakesDirect(PosixFile file, AlignedMemory memory)
    {
        try
        {
            file.WriteAt(0, memory.At(0, AlignedMemory.Block));
            return true;
        }
        catch (PosixException)
        {
            return false;
        }
    }

    private static bool TryLink(string folder, PosixDirectory from, string name)
    {
        var other = Path.Combine(name, "other");
        PosixDirectory.CreateNew(other);
        using var into = PosixDirectory.Open(other, followLink: false);
        return into.TryLink(from, "file");
    }

    private static bool TryRename(string from, string to)
    {
        try
        {
            PosixDirectory.Rename(from, to);
            return File.Exists(Path.Combine(to, "file")) && !Path.Exists(from);
        }
        catch (PosixException)
        {
            return false;
        }
    }

    // The file loses its name at once: whatever ends this process, the kernel takes its bytes back.
    private static Speed? Measure(string folder, long bytes, bool direct)
    {
        if (bytes < Piece)
            return null;
        using var directory = PosixDirectory.Open(folder, followLink: true);
        var name = $".cairn-doctor-{Guid.NewGuid():N}";
        using var file = PosixFile.CreateNew(directory, name);
        File.Delete(Path.Combine(folder, name));
        using var memory = new AlignedMemory(Piece);
        Random.Shared.NextBytes(memory.At(0, Piece)); // zeros may be compressed, or not written at all
        if (direct)
            file.TryBeDirect();
        var (written, clock) = (0L, Stopwatch.StartNew());
        for (; written < bytes && clock.Elapsed < Longest; written += Piece)
            file.WriteAt(written, memory.At(0, Piece));
        file.Sync();
        var wrote = clock.Elapsed;
        clock.Restart();
        var read = 0L;
        for (; read < written && clock.Elapsed < Longest; read += Piece)
            file.ReadAt(read, memory.At(0, Piece));
        return new(written, wrote.TotalSeconds, clock.Elapsed.TotalSeconds * written / read, direct);
    }

    private static int? Stripes(string folder) =>
        CommandRun.Of("lfs", ["getstripe", "--stripe-count", "--directory", folder], [], LfsPatience) is { ExitCode: 0 } run
            && int.TryParse(run.Output.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count) ? count : null;

    private static long? NewestBytes(string folder)
    {
        try
        {
            return Inventory.Entries(folder) is [var newest, ..] ? FolderContents.Files(newest.Path).Sum(file => file.Size) : null;
        }
        catch (UsageException)
        {
            return null; // it cannot be listed: the try-out says why
        }
    }

    /// <summary>What is left for the user on a folder's file system; null where that is not told.</summary>
    public static long? FreeBytes(string folder) => StatusOf(folder).Free;

    private static unsafe (FileSystemKind? Kind, long? Free) StatusOf(string path)
    {
        // struct statfs on 64 bits: f_type at 0, f_bavail at 32, f_frsize at 72.
        var status = stackalloc byte[Libc.StatusLength];
        if (Libc.FileSystemStatus(path, status) != 0)
            return (null, null);
        return (FileSystemKind.Of((uint)*(long*)status), (long)UInt128.Min((UInt128)(*(ulong*)(status + 32)) * *(ulong*)(status + 72), long.MaxValue));
    }
}
