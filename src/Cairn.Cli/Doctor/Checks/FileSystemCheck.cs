namespace Cairn.Cli.Doctor.Checks;

/// <summary>What the file system can do, as it was tried out.</summary>
internal static class FileSystemCheck
{
    public static IEnumerable<Diagnosis> Judge(Patient patient)
    {
        if (patient.Folder.Abilities is not { } can)
            yield break;
        yield return can.Rename
            ? new("rename", Verdict.Ok, "a directory is renamed as a whole: that is what commits a checkpoint.")
            : new("rename", Verdict.Error, "a directory cannot be renamed: no checkpoint can be committed.", "Choose a folder on another file system.");
        yield return can.DirectIo
            ? new("direct I/O", Verdict.Ok, "taken: a save goes past the page cache.")
            : new("direct I/O", Verdict.Note, "not taken: saves go through the page cache, more slowly.");
        yield return can.HardLinks
            ? new("hard links", Verdict.Ok, "taken: what did not change costs no space.")
            : new("hard links", Verdict.Note, "not taken: what did not change is written anew with every checkpoint.");
        yield return can.Locks
            ? new("flock", Verdict.Ok, "taken: what a dead writer left behind is known at once.")
            : new("flock", Verdict.Note, "not taken: what a dead writer left behind is removed after an hour.");
    }
}
