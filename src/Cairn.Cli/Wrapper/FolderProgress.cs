using System.IO.Enumeration;
using System.Runtime.InteropServices;

namespace Cairn.Cli.Wrapper;

/// <summary>A folder at an instant, as far as progress can be told from it.</summary>
/// <param name="Newest">When its newest file was written.</param>
/// <param name="Files">How many there are.</param>
/// <param name="IsWhole">False where not all of it could be looked at.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FolderProgress(DateTimeOffset Newest, int Files, bool IsWhole)
{
    /// <summary>For a look that nothing waits for; a large folder on a busy file system takes longer than a job can wait.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(10);

    // Journals, heartbeats and Cairn's own notes tell of attempts, not of progress.
    private static readonly string[] NotProgress = ["attempts", StateFolder.Name];

    /// <summary>Looks at all files below a folder; no link is followed. A folder that is not there has none. It never throws.</summary>
    public static FolderProgress Of(string folder, TimeSpan patience)
    {
        var (newest, files, began) = (default(DateTimeOffset), 0, TimeProvider.System.GetTimestamp());
        try
        {
            if (!Directory.Exists(folder))
                return new(default, 0, IsWhole: true);
            using var times = new Walk(folder);
            while (times.MoveNext())
            {
                files++;
                if (times.Current > newest)
                    newest = times.Current;
                if (TimeProvider.System.GetElapsedTime(began) > patience)
                    return new(newest, files, IsWhole: false);
            }

            return new(newest, files, !times.HasFailed);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new(newest, files, IsWhole: false);
        }
    }

    /// <summary>Whether something is new or changed since then. What could not be looked at counts as changed: no job is given up for that.</summary>
    public bool IsBeyond(FolderProgress before) => Newest > before.Newest || Files > before.Files || !IsWhole || !before.IsWhole;

    private sealed class Walk(string folder)
        : FileSystemEnumerator<DateTimeOffset>(folder, new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint })
    {
        public bool HasFailed { get; private set; }

        protected override bool ShouldIncludeEntry(ref FileSystemEntry entry) => !entry.IsDirectory;

        protected override bool ShouldRecurseIntoEntry(ref FileSystemEntry entry) =>
            !(entry.Directory.SequenceEqual(entry.RootDirectory) && NotProgress.Contains(entry.FileName.ToString()));

        protected override DateTimeOffset TransformEntry(ref FileSystemEntry entry) => entry.LastWriteTimeUtc;

        // A folder that was just removed, a handle that has gone stale.
        protected override bool ContinueOnError(int error) => HasFailed = true;
    }
}
