using System.IO.Enumeration;
using System.Text;
using Cairn.Checkpoints.Records;

namespace Cairn.Cli.Wrapper;

/// <summary>A folder at an instant, as far as progress can be told from it: its files, each by path, size and time.</summary>
/// <remarks>
/// Compared with what was there before, not with the clock: a file from the future, or a clock that jumps, changes nothing. What is
/// written on the way to a checkpoint, and what only tells of a run, is left out: a program that fails in the same place each time
/// leaves such files each time.
/// </remarks>
internal sealed class FolderProgress
{
    // Journals, heartbeats and Cairn's own notes tell of attempts, not of progress.
    private static readonly string[] NotProgress = ["attempts", StateFolder.Name];

    private static readonly string[] Unfinished = [".tmp", ".temp", ".new", ".part", ".partial", ".lock", ".swp", "~"];
    private static readonly string[] Logs = [".log", ".out", ".err"];

    private readonly Dictionary<ContentHash, DateTimeOffset> _files = [];

    private FolderProgress(bool isWhole) => IsWhole = isWhole;

    /// <summary>For a look that nothing waits for; a large folder on a busy file system takes longer than a job can wait.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(10);

    /// <summary>A folder that could not be looked at.</summary>
    public static FolderProgress Unknown { get; } = new(isWhole: false);

    /// <summary>False where not all of it could be looked at.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>How many files there are.</summary>
    public int Files => _files.Count;

    /// <summary>Looks at all files below a folder; no link is followed. A folder that is not there has none. It never throws.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="pattern">Only files that fit it: their names, or with a / in it their paths below the folder. Null for all but those of <see cref="IsProgress"/>.</param>
    /// <param name="patience">So long at most.</param>
    public static FolderProgress Of(string folder, string? pattern, TimeSpan patience)
    {
        var seen = new FolderProgress(isWhole: true);
        var began = TimeProvider.System.GetTimestamp();
        try
        {
            if (!Directory.Exists(folder))
                return seen;
            using var files = new Walk(folder, pattern);
            while (files.MoveNext())
            {
                var (path, size, time) = files.Current;
                var hash = ContentHash.Of(Encoding.UTF8.GetBytes($"{path}\0{size}\0{time.UtcTicks}"));
                seen._files[hash] = time;
                if (TimeProvider.System.GetElapsedTime(began) > patience)
                {
                    seen.IsWhole = false;
                    return seen;
                }
            }

            seen.IsWhole = !files.HasFailed;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            seen.IsWhole = false;
        }

        return seen;
    }

    /// <summary>Whether a file tells of progress, by its name: nothing temporary or hidden, and no log.</summary>
    public static bool IsProgress(ReadOnlySpan<char> name)
    {
        if (name.StartsWith('.') || name.StartsWith("slurm-") || name.Contains(".tfevents.", StringComparison.Ordinal))
            return false;
        foreach (var end in Unfinished)
        {
            if (name.EndsWith(end, StringComparison.OrdinalIgnoreCase))
                return false;
        }

        foreach (var end in Logs)
        {
            if (name.EndsWith(end, StringComparison.OrdinalIgnoreCase))
                return false;
        }

        return true;
    }

    /// <summary>Whether something is new or changed since then; null where that cannot be told.</summary>
    public bool? IsBeyond(FolderProgress before)
    {
        if (!before.IsWhole)
            return null;
        foreach (var file in _files.Keys)
        {
            if (!before._files.ContainsKey(file))
                return true;
        }

        return IsWhole ? false : null;
    }

    /// <summary>Whether something is new or changed since then, and was written at that instant or later.</summary>
    public bool IsBeyond(FolderProgress before, DateTimeOffset since)
    {
        if (!before.IsWhole)
            return false;
        foreach (var (file, time) in _files)
        {
            if (time >= since && !before._files.ContainsKey(file))
                return true;
        }

        return false;
    }

    private sealed class Walk(string folder, string? pattern)
        : FileSystemEnumerator<(string Path, long Size, DateTimeOffset Time)>(folder, new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint })
    {
        public bool HasFailed { get; private set; }

        protected override bool ShouldIncludeEntry(ref FileSystemEntry entry)
        {
            if (entry.IsDirectory)
                return false;
            if (pattern is null)
                return IsProgress(entry.FileName);
            return FileSystemName.MatchesSimpleExpression(pattern, pattern.Contains('/', StringComparison.Ordinal) ? Below(ref entry) : entry.FileName, ignoreCase: false);
        }

        protected override bool ShouldRecurseIntoEntry(ref FileSystemEntry entry) =>
            pattern is not null || (IsProgress(entry.FileName) && !(entry.Directory.SequenceEqual(entry.RootDirectory) && NotProgress.Contains(entry.FileName.ToString())));

        protected override (string Path, long Size, DateTimeOffset Time) TransformEntry(ref FileSystemEntry entry) => (entry.ToFullPath(), entry.Length, entry.LastWriteTimeUtc);

        // A folder that was just removed, a handle that has gone stale.
        protected override bool ContinueOnError(int error) => HasFailed = true;

        private static string Below(ref FileSystemEntry entry) => Path.GetRelativePath(entry.RootDirectory.ToString(), entry.ToFullPath());
    }
}
