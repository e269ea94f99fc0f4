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

    /// <summary>What it found in the journals before its own; null when it died before, or an older Cairn wrote it.</summary>
    public Remembered? Remembered => Events.OfType<Remembered>().FirstOrDefault();

    /// <summary>The step from which it went on; null when it came to none. An older Cairn's journal says at least what was in sight.</summary>
    public long? ResumedFrom => Events.OfType<Resumed>().LastOrDefault()?.Step ?? (Taken is { } taken ? taken.NewestCheckpoint ?? 0 : null);

    /// <summary>The last step that its journal tells of; null when it came to none.</summary>
    public long? LastStep => Events.Max(StepOf);

    /// <summary>Whether the attempt came to its own end.</summary>
    public bool Ended => Events.OfType<AttemptEnded>().Any();

    /// <summary>All attempts in a checkpoint folder with all that they tell, oldest first; none when it has no journals.</summary>
    public static IReadOnlyList<AttemptStory> ReadAll(string checkpointFolder) =>
        [.. AttemptFiles.In(checkpointFolder).Select(journal => new AttemptStory(journal.Number, journal.Path, JournalFile.ReadAll(journal.Path)))];

    private static long? StepOf(JournalEvent entry) => entry switch
    {
        Resumed resumed => resumed.Step,
        Progress progress => progress.Step,
        Saved saved => saved.Step,
        Stopped stopped => stopped.Step,
        Finished finished => finished.Step,
        AttemptEnded ended => ended.Step,
        _ => null,
    };
}
