using Cairn.Attempts;
using Cairn.Posix;

namespace Cairn.Cli.Inspection;

/// <summary>A journal in a folder that nobody vouches for: no link is followed, nothing but a regular file is read, and not without end.</summary>
/// <param name="Story">What it tells; without events when it cannot be read.</param>
/// <param name="Changed">When it was written or touched last.</param>
/// <param name="Problem">Why it cannot be read, in words; null when it can.</param>
internal sealed record FoundJournal(AttemptStory Story, DateTimeOffset Changed, string? Problem)
{
    // A line a minute for a year is half of that.
    private const long Longest = 64 << 20;

    /// <summary>Reads the journals of a checkpoint folder one by one, the oldest first.</summary>
    public static IEnumerable<FoundJournal> ReadAll(string folder)
    {
        var path = AttemptFiles.Folder(folder);
        if (TryOpen(path) is not { } attempts)
            yield break;
        using (attempts)
        {
            var journals = FolderContents.Names(path).Select(name => (Name: name, Number: AttemptFiles.Number(name))).Where(file => file.Number is not null);
            foreach (var (name, number) in journals.OrderBy(file => file.Number))
                yield return Read(attempts, name, number!.Value);
        }
    }

    private static FoundJournal Read(PosixDirectory attempts, string name, int number)
    {
        var nothing = new AttemptStory(number, Path.Combine(attempts.Path, name), []);
        if (attempts.StatusOf(name) is not { } status)
            return new(nothing, default, "it cannot be looked at");
        if (!status.IsFile)
            return new(nothing, status.Changed, "it is no regular file");
        if (status.Size > Longest)
            return new(nothing, status.Changed, $"it has {status.Size} bytes, more than a journal ever has");
        try
        {
            using var file = PosixFile.OpenRead(attempts, name);
            var bytes = new byte[Math.Min(file.Length(), Longest)];
            file.ReadAt(0, bytes);
            return new(nothing with { Events = [.. JournalFile.ReadAll(new MemoryStream(bytes)).Where(IsWhole)] }, status.Changed, null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new(nothing, status.Changed, error.Message);
        }
    }

    // A claim that names no process is none.
    private static bool IsWhole(JournalEvent entry) => entry is not AttemptStarted { Process: null or { Host: null } };

    // None without attempts; a link is not followed.
    private static PosixDirectory? TryOpen(string path)
    {
        try
        {
            return PosixDirectory.Open(path, followLink: false);
        }
        catch (PosixException)
        {
            return null;
        }
    }
}
