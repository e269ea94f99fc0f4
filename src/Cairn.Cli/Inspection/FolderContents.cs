using Cairn.Posix;

namespace Cairn.Cli.Inspection;

/// <summary>What lies in a directory, by its names alone: no link is followed, nothing below it is looked at.</summary>
internal static class FolderContents
{
    /// <summary>The names in a directory; none where it cannot be listed.</summary>
    public static IEnumerable<string> Names(string path)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Why a directory that is there cannot be listed; null where it can, or is not there.</summary>
    public static string? WhyClosed(string path)
    {
        try
        {
            using var names = Directory.EnumerateFileSystemEntries(path).GetEnumerator();
            names.MoveNext();
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error.Message;
        }
    }

    /// <summary>The regular files in a directory; none where it is no directory, or a symbolic link.</summary>
    public static IReadOnlyList<FileStatus> Files(string path)
    {
        try
        {
            using var directory = PosixDirectory.Open(path, followLink: false);
            return [.. Names(path).Select(directory.StatusOf).OfType<FileStatus>().Where(status => status.IsFile)];
        }
        catch (PosixException)
        {
            return [];
        }
    }

    /// <summary>When a directory's names changed last.</summary>
    public static DateTimeOffset? Changed(string path)
    {
        try
        {
            using var directory = PosixDirectory.Open(path, followLink: false);
            return directory.StatusOf(string.Empty)?.Changed;
        }
        catch (PosixException)
        {
            return null;
        }
    }
}
