namespace Cairn.Cli.Doctor.Checks;

/// <summary>Is the checkpoint folder there, or can it be made, and can it be written?</summary>
internal static class FolderCheck
{
    public static IEnumerable<Diagnosis> Judge(Patient patient)
    {
        var folder = patient.Folder;
        if (folder.Problem is { } problem)
            yield return new("folder", Verdict.Error, $"{folder.Path} cannot be {(folder.Exists ? "written" : "made")}: {problem}.", "Choose another folder (--checkpoint-dir, CAIRN_CHECKPOINT_DIR), or see to its rights and its disk.");
        else if (folder.Exists)
            yield return new("folder", Verdict.Ok, $"{folder.Path} is there and can be written.");
        else
            yield return new("folder", Verdict.Note, $"{folder.Path} is not there yet; it can be made in {folder.Tried}, where the rest was tried out.");
    }
}
