namespace Cairn.Cli.Doctor.Checks;

/// <summary>OverTimeLimit lets jobs run on beyond their limit.</summary>
internal static class OverTimeLimitCheck
{
    public static IEnumerable<Diagnosis> Judge(Patient patient)
    {
        if (patient.Cluster.Setting("OverTimeLimit") is not { Length: > 0 } text)
            yield break;
        yield return patient.Cluster.Number("OverTimeLimit") is 0
            ? new("OverTimeLimit", Verdict.Ok, "0: the limit is the limit.")
            : new("OverTimeLimit", Verdict.Note, $"{text}: jobs may run on beyond their limit for so long. Cairn stops before the limit all the same.");
    }
}
