namespace Cairn.Cli.Doctor.Checks;

/// <summary>KillWait lies between TERM and KILL.</summary>
internal static class KillWaitCheck
{
    private const int Short = 30;

    public static IEnumerable<Diagnosis> Judge(Patient patient)
    {
        if (patient.Cluster.Number("KillWait") is not { } seconds)
            yield break;
        yield return seconds >= Short
            ? new("KillWait", Verdict.Ok, $"{seconds} s between TERM and KILL, for those who hear the TERM.")
            : new("KillWait", Verdict.Note, $"only {seconds} s between TERM and KILL.", "Have a warning come before the limit: #SBATCH --signal=USR2@120.");
    }
}
