namespace Cairn.Attempts;

/// <summary>One attempt as its journal tells it.</summary>
/// <param name="Number">The attempt's number, from the file's name.</param>
/// <param name="Path">The journal.</param>
/// <param name="Events">Its lines in order. A line that was cut off by a kill, or that a later version wrote, is left out.</param>
internal sealed record AttemptStory(int Number, string Path, IReadOnlyList<JournalEvent> Events)
{
    /// <summary>The claim; null when the attempt died between creating the file and writing it.</summary>
    public AttemptStarted? Claim => Events.OfType<AttemptStarted>().FirstOrDefault();

    /// <summary>What it saw when it took the folder; null when it died before.</summary>
    public FolderTaken? Taken => Events.OfType<FolderTaken>().FirstOrDefault();

    /// <summary>The last line of a finished run; null otherwise.</summary>
    public Finished? Finished => Events.OfType<Finished>().LastOrDefault();

    /// <summary>Whether the attempt came to its own end.</summary>
    public bool Ended => Events.OfType<AttemptEnded>().Any();

    /// <summary>All attempts in a checkpoint folder, oldest first; none when it has no journals.</summary>
    public static IReadOnlyList<AttemptStory> ReadAll(string checkpointFolder)
    {
        var folder = AttemptFiles.Folder(checkpointFolder);
        if (!Directory.Exists(folder))
            return [];
        var unread = new List<AttemptStory>();
        foreach (var path in Directory.EnumerateFiles(folder, "*.jsonl"))
        {
            if (AttemptFiles.Number(path) is { } number)
                unread.Add(new AttemptStory(number, path, []));
        }

        unread.Sort((one, other) => one.Number.CompareTo(other.Number));
        return unread.ConvertAll(attempt => attempt.Reread());
    }

    /// <summary>Reads one attempt again.</summary>
    public AttemptStory Reread() => this with { Events = ReadEvents(Path) };

    /// <summary>The events of a journal that somebody opened.</summary>
    public static IReadOnlyList<JournalEvent> ReadEvents(Stream journal)
    {
        var events = new List<JournalEvent>();
        using var reader = new StreamReader(journal);
        while (reader.ReadLine() is { } line)
        {
            // A journal is a story, not the state: what cannot be read of it must not stop a run.
            if (JournalForm.Read(line) is { } entry)
                events.Add(entry);
        }

        return events;
    }

    private static IReadOnlyList<JournalEvent> ReadEvents(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return ReadEvents(stream);
    }
}
