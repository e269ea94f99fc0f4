using Cairn.Attempts;
using Cairn.Cli.Wrapper;

namespace Cairn.Cli.Stories;

/// <summary>Finds the folders in which runs are told of, below one that a person works in. No link is followed, and a large tree is not gone through.</summary>
internal static class RunFolders
{
    private const int Deepest = 3;
    private const int Most = 3000;

    /// <summary>Whether a folder tells of a run: it has attempts of the library's, or of <c>cairn run</c>.</summary>
    public static bool IsOne(string folder) => Directory.Exists(AttemptFiles.Folder(folder)) || Directory.Exists(Path.Combine(folder, StateFolder.Name));

    /// <summary>Whether a folder can be listed by this user, now.</summary>
    public static bool IsListed(string folder) => Folders(folder) is not null;

    /// <summary>The folders at or below one.</summary>
    /// <param name="below">Where to look.</param>
    public static FoundFolders Below(string below)
    {
        List<string> found = [], closed = [];
        var looked = 0;
        Look(below, 0);
        return new(found, closed, looked <= Most);

        void Look(string folder, int depth)
        {
            if (looked++ > Most)
                return;
            if (IsOne(folder))
                found.Add(folder);
            if (depth == Deepest)
                return;
            if (Folders(folder) is { } inner)
                inner.ForEach(one => Look(one, depth + 1));
            else
                closed.Add(folder);
        }
    }

    // Null where it cannot be listed.
    private static List<string>? Folders(string folder)
    {
        try
        {
            var folders = new List<string>();
            foreach (var inner in new DirectoryInfo(folder).EnumerateDirectories())
            {
                // Checkpoints are many, and hidden folders are for programs.
                if (inner.LinkTarget is null && !inner.Name.StartsWith('.') && !inner.Name.StartsWith("step-", StringComparison.Ordinal) && inner.Name is not ("attempts" or "ranks"))
                    folders.Add(inner.FullName);
            }

            folders.Sort(StringComparer.Ordinal);
            return folders;
        }
        catch (DirectoryNotFoundException)
        {
            return []; // gone in the meantime
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>What was found below a folder.</summary>
/// <param name="Folders">Those in which runs are told of, by name.</param>
/// <param name="Closed">Those that cannot be listed.</param>
/// <param name="IsAll">Whether there was no more than was looked at.</param>
internal sealed record FoundFolders(IReadOnlyList<string> Folders, IReadOnlyList<string> Closed, bool IsAll);
