using System.IO.Enumeration;
using System.Runtime.InteropServices;

namespace Cairn.Cli.Wrapper;

/// <summary>A folder at an instant, as far as progress can be told from it.</summary>
/// <param name="Newest">When its newest file was written.</param>
/// <param name="Files">How many there are.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FolderProgress(DateTimeOffset Newest, int Files)
{
    // Journals, heartbeats and Cairn's own notes tell of attempts, not of progress.
    private static readonly string[] NotProgress = ["attempts", StateFolder.Name];

    /// <summary>Looks at all files below a folder; no link is followed. A folder that is not there has none.</summary>
    public static FolderProgress Of(string folder)
    {
        var (newest, files) = (default(DateTimeOffset), 0);
        if (!Directory.Exists(folder))
            return default;
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        var times = new FileSystemEnumerable<DateTimeOffset>(folder, (ref entry) => entry.LastWriteTimeUtc, options)
        {
            ShouldIncludePredicate = (ref entry) => !entry.IsDirectory,
            ShouldRecursePredicate = (ref entry) => !(entry.Directory.SequenceEqual(entry.RootDirectory) && NotProgress.Contains(entry.FileName.ToString())),
        };
        foreach (var time in times)
        {
            files++;
            if (time > newest)
                newest = time;
        }

        return new(newest, files);
    }

    /// <summary>Whether something is new or changed since then.</summary>
    public bool IsBeyond(FolderProgress before) => Newest > before.Newest || Files > before.Files;
}
