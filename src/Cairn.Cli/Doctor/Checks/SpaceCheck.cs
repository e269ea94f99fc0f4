namespace Cairn.Cli.Doctor.Checks;

/// <summary>Is there space for the next checkpoints? A quota is not seen.</summary>
internal static class SpaceCheck
{
    // Two are always kept, and the next is whole before the oldest goes.
    private const int Kept = 3;

    private const long Little = 1_000_000_000;

    public static IEnumerable<Diagnosis> Judge(Patient patient)
    {
        if (patient.Folder.FreeBytes is not { } free)
            yield break;
        var says = $"{Bytes.Words(free)} free{(patient.Folder.CheckpointBytes is { } size ? $"; the newest checkpoint has {Bytes.Words(size)}" : "")}. A quota may leave less.";
        const string advice = "Free some space (cairn prune), or choose another folder.";
        yield return patient.Folder.CheckpointBytes is { } bytes
            ? free < bytes ? new("space", Verdict.Error, says + " The next one has no room.", advice)
                : new("space", free / Kept < bytes ? Verdict.Warning : Verdict.Ok, says, free / Kept < bytes ? advice : null)
            : new("space", free < Little ? Verdict.Warning : Verdict.Ok, says, free < Little ? advice : null);
    }
}
