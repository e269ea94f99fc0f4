namespace Cairn.Cli.Submissions;

/// <summary>The code's files and their hashes, within bounds: a data set beside the program is not read.</summary>
internal static class CodeFolder
{
    public const int MostFiles = 20_000;
    private const long LargestHashed = 16 << 20;
    private const long MostHashed = 256 << 20;
    private const int Deepest = 32;

    private static readonly string[] NoCode = [".git", ".hg", ".svn", ".cairn", "bin", "obj", "__pycache__", "node_modules", ".venv", "venv", ".mypy_cache", ".pytest_cache", ".ipynb_checkpoints"];

    /// <param name="folder">The folder; a link in it is not followed.</param>
    /// <param name="without">Folders that are no code: checkpoints, logs. Full paths.</param>
    /// <param name="before">What is known from an earlier look: a file of the same size and time is not read again.</param>
    /// <param name="most">So many files at most.</param>
    public static (SortedDictionary<string, CodeFile> Files, bool IsWhole) Scan(
        string folder, IReadOnlyCollection<string> without, IReadOnlyDictionary<string, CodeFile>? before = null, int most = MostFiles)
    {
        var files = new SortedDictionary<string, CodeFile>(StringComparer.Ordinal);
        var hashed = 0L;
        var isWhole = Walk(new DirectoryInfo(folder), 0);
        return (files, isWhole);

        bool Walk(DirectoryInfo place, int depth)
        {
            FileSystemInfo[] entries;
            try
            {
                entries = place.GetFileSystemInfos();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return false;
            }

            Array.Sort(entries, (one, other) => string.CompareOrdinal(one.Name, other.Name));
            var whole = true;
            foreach (var entry in entries)
            {
                if (entry.LinkTarget is not null)
                    continue;
                if (entry is DirectoryInfo inner)
                {
                    if (!NoCode.Contains(inner.Name, StringComparer.Ordinal) && !without.Contains(inner.FullName))
                        whole &= depth < Deepest && Walk(inner, depth + 1);
                }
                else if (files.Count >= most)
                {
                    return false;
                }
                else if (Read((FileInfo)entry) is { } file)
                {
                    files[Path.GetRelativePath(folder, entry.FullName)] = file;
                }
            }

            return whole;
        }

        CodeFile? Read(FileInfo file)
        {
            try
            {
                var (size, changed) = (file.Length, new DateTimeOffset(file.LastWriteTimeUtc).ToUnixTimeMilliseconds());
                if (before?.GetValueOrDefault(Path.GetRelativePath(folder, file.FullName)) is { } known && known.Size == size && known.Changed == changed)
                    return known;
                // Devices, pipes and sockets have no length, and could be read for ever.
                if (size == 0)
                    return new(size, changed, SubmissionRecord.HashOf([]));
                if (size > LargestHashed || hashed + size > MostHashed)
                    return new(size, changed, null);
                hashed += size;
                return new(size, changed, SubmissionRecord.HashOf(File.ReadAllBytes(file.FullName)));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }
}
