using System.Globalization;
using System.Runtime.InteropServices;
using Cairn.Posix;

namespace Cairn.Cli.Wrapper;

/// <summary>
/// A folder that nobody else may write into, also where it stands in one that all may write into (a shared scratch): what is read there
/// decides over the job, and a link there would have the wrapper overwrite another file.
/// </summary>
internal static unsafe class PrivateFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int OthersWrite = 0b010_010;
    private const int Others = 0b111_111;

    /// <summary>Makes it, or takes the one that is there if it is this user's own.</summary>
    /// <exception cref="IOException">It is another user's, or a link; the message says which.</exception>
    public static void Make(string path)
    {
        if (StatusOf(path) is null)
            Directory.CreateDirectory(path, OwnerOnly);
        if (StatusOf(path) is not { } found)
            return; // a kernel before 4.11 does not tell
        if (!found.IsFolder)
            throw new IOException($"{path} is a link or no folder: remove it");
        if (found.User != Libc.GetEffectiveUid())
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"{path} belongs to another user (uid {found.User})"));
        if ((found.Mode & Others) == 0)
            return;
        File.SetUnixFileMode(path, OwnerOnly);
        if ((found.Mode & OthersWrite) != 0)
            RemoveWhatIsNotOwn(path);
    }

    // It was open until now: whatever somebody has put there.
    private static void RemoveWhatIsNotOwn(string folder)
    {
        foreach (var path in Directory.GetFileSystemEntries(folder))
        {
            if (StatusOf(path) is not { } found)
                continue;
            if (found.User == Libc.GetEffectiveUid() && found.IsFile)
                continue;
            if (found.User == Libc.GetEffectiveUid() && found.IsFolder)
            {
                Make(path);
                continue;
            }

            Words.Say($"warning: {path} is a link, a pipe or another user's: removed");
            if (found.IsFolder)
                Directory.Delete(path, recursive: true);
            else
                File.Delete(path);
        }
    }

    private static Found? StatusOf(string path)
    {
        const int here = -100; // AT_FDCWD
        const uint typeModeAndOwner = 0x1 | 0x2 | 0x8;
        var status = stackalloc byte[Libc.StatusLength];
        if (Libc.Status(here, path, Libc.NotThroughLink, typeModeAndOwner, status) != 0)
            return null;
        return new(*(uint*)(status + 20), *(ushort*)(status + 28));
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Found(uint User, int Mode)
    {
        private const int Kind = 0xf000;

        public bool IsFolder => (Mode & Kind) == 0x4000;

        public bool IsFile => (Mode & Kind) == 0x8000;
    }
}
