namespace Cairn.Cli.Doctor.Checks;

/// <summary>ProctrackType decides who hears a signal.</summary>
internal static class ProcessTrackerCheck
{
    public static IEnumerable<Diagnosis> Judge(Patient patient)
    {
        if (patient.Cluster.Setting("ProctrackType") is not { Length: > 0 } tracker)
            yield break;
        yield return IsCgroup(patient)
            ? new("ProctrackType", Verdict.Ok, $"{tracker}: signals reach only what Slurm itself started, tasks and the batch shell.")
            : new("ProctrackType", Verdict.Note, $"{tracker}: signals reach the children of tasks and of the batch shell too. On most clusters they do not: a job that counts on it works here alone.");
    }

    public static bool IsCgroup(Patient patient) => patient.Cluster.Setting("ProctrackType") is "" or "proctrack/cgroup";
}
