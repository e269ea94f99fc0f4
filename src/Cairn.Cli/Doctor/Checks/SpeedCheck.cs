namespace Cairn.Cli.Doctor.Checks;

/// <summary>How fast the folder is, and what a save will take then.</summary>
internal static class SpeedCheck
{
    private const double Slow = 50e6;

    public static IEnumerable<Diagnosis> Judge(Patient patient)
    {
        if (patient.Folder.Speed is not { } speed)
            yield break;
        var says = $"{Bytes.Words(speed.Bytes)} written and synced at {Rate(speed.WriteRate)}, read at {Rate(speed.ReadRate)}{(speed.PastCache ? "" : " (perhaps from memory)")}, by one thread.";
        if (patient.Folder.CheckpointBytes is { } bytes)
            says += $" The newest checkpoint's {Bytes.Words(bytes)} take {Duration.Words(TimeSpan.FromSeconds(Math.Min(bytes / speed.WriteRate, 1e9)))} then.";
        yield return speed.WriteRate >= Slow
            ? new("speed", Verdict.Ok, says)
            : new("speed", Verdict.Warning, says, "Have the warning come early enough for a step and a save (--signal=USR2@SECONDS), or choose a faster file system.");
    }

    private static string Rate(double bytesPerSecond) => $"{Bytes.Words((long)bytesPerSecond)}/s";
}
