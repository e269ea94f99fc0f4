using System.Globalization;
using Cairn.Cli.Doctor.Facts;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Doctor.Checks;

/// <summary>Does Slurm answer, and what of its configuration matters when a job is stopped?</summary>
internal static class ClusterChecks
{
    private const string Needs = "Cairn asks scontrol why a job is stopped, and requeues by it";
    private const int UsualRequeueDelay = 120;
    private const int ShortKillWait = 30;

    /// <summary>Is there a Slurm, does it answer, and which?</summary>
    public static IEnumerable<Diagnosis> Answers(Patient patient)
    {
        var (cluster, inJob) = (patient.Cluster, patient.Job is not null);
        if (!cluster.HasScontrol)
        {
            yield return inJob
                ? new("Slurm", Verdict.Warning, $"a job of Slurm, and no scontrol that could be started: {Needs}.", "In a container, let the program exit and requeue from outside it, or bind scontrol, its libraries, munge's socket and slurm.conf into it.")
                : new("Slurm", Verdict.Note, "no Slurm here: a run saves when it is stopped, and is started again by hand.");
        }
        else if (!cluster.Answers)
        {
            yield return new("Slurm", Verdict.Warning, $"scontrol does not answer: {LastLine(cluster.Problem)}. {Needs}.", "See whether slurmctld and munge run, and whether this machine belongs to the cluster.");
        }
        else
        {
            var version = cluster.Setting("SLURM_VERSION");
            yield return version.Split('.')[0] is "22" or "23" or "24"
                ? new("Slurm", Verdict.Ok, $"scontrol answers: Slurm {version}, cluster {cluster.Setting("ClusterName")}.")
                : new("Slurm", Verdict.Note, $"scontrol answers: Slurm {version}; what Cairn knows of Slurm was measured on 22.05 and 24.11.");
        }
    }

    /// <summary>ProctrackType decides who hears a signal.</summary>
    public static IEnumerable<Diagnosis> ProcessTracker(Patient patient)
    {
        if (patient.Cluster.Setting("ProctrackType") is not { Length: > 0 } tracker)
            yield break;
        yield return IsCgroup(patient)
            ? new("ProctrackType", Verdict.Ok, $"{tracker}: signals reach only what Slurm itself started, tasks and the batch shell.")
            : new("ProctrackType", Verdict.Note, $"{tracker}: signals reach the children of tasks and of the batch shell too. On most clusters they do not: a job that counts on it works here alone.");
    }

    public static bool IsCgroup(Patient patient) => patient.Cluster.Setting("ProctrackType") is "" or "proctrack/cgroup";

    /// <summary>JobRequeue: may jobs be put back that did not ask for it?</summary>
    public static IEnumerable<Diagnosis> Requeue(Patient patient)
    {
        if (patient.Cluster.Number("JobRequeue") is not { } requeue)
            yield break;
        yield return requeue == 1
            ? new("JobRequeue", Verdict.Ok, "1: jobs may be requeued unless they forbid it.")
            : new("JobRequeue", Verdict.Note, "0: only a job that asks for it may be requeued. Cairn switches it on from inside a running job.", "#SBATCH --requeue; without it the job is also lost when its node fails.");
    }

    /// <summary>How long a requeued job waits before it may start: as long as credentials live (cred_expire of AuthInfo).</summary>
    public static IEnumerable<Diagnosis> RequeueDelay(Patient patient)
    {
        if (!patient.Cluster.Answers)
            yield break;
        var option = patient.Cluster.Setting("AuthInfo").Split(',').FirstOrDefault(part => part.StartsWith("cred_expire=", StringComparison.Ordinal));
        var seconds = int.TryParse(option.AsSpan(Math.Min(option?.Length ?? 0, 12)), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : UsualRequeueDelay;
        yield return new("requeue delay", Verdict.Ok, $"a requeued job waits about {Duration.Words(TimeSpan.FromSeconds(seconds))} before it may start again (cred_expire).");
    }

    /// <summary>KillWait lies between TERM and KILL.</summary>
    public static IEnumerable<Diagnosis> KillWait(Patient patient)
    {
        if (patient.Cluster.Number("KillWait") is not { } seconds)
            yield break;
        yield return seconds >= ShortKillWait
            ? new("KillWait", Verdict.Ok, $"{seconds} s between TERM and KILL, for those who hear the TERM.")
            : new("KillWait", Verdict.Note, $"only {seconds} s between TERM and KILL.", "Have a warning come before the limit: #SBATCH --signal=USR2@120.");
    }

    /// <summary>OverTimeLimit lets jobs run on beyond their limit.</summary>
    public static IEnumerable<Diagnosis> OverTimeLimit(Patient patient)
    {
        if (patient.Cluster.Setting("OverTimeLimit") is not { Length: > 0 } text)
            yield break;
        yield return patient.Cluster.Number("OverTimeLimit") is 0
            ? new("OverTimeLimit", Verdict.Ok, "0: the limit is the limit.")
            : new("OverTimeLimit", Verdict.Note, $"{text}: jobs may run on beyond their limit for so long. Cairn stops before the limit all the same.");
    }

    /// <summary>Which partitions there are, and how long jobs may run there.</summary>
    public static IEnumerable<Diagnosis> Partitions(Patient patient) =>
        from partition in patient.Cluster.Partitions
        group $"{partition.Name}{(partition.IsDefault ? " (default)" : "")}" by (Limits: Limits(partition), partition.State) into alike
        let says = $"{string.Join(", ", alike)}: {alike.Key.Limits}"
        select alike.Key.State == "UP" ? new Diagnosis("partitions", Verdict.Ok, says + ".") : new Diagnosis("partitions", Verdict.Note, $"{says}; {alike.Key.State}.");

    private static string Limits(PartitionFacts partition) =>
        (partition.MaxTime is null ? "no limit" : $"at most {TimeLimit.Format(partition.MaxTime)}")
        + (partition.DefaultTime is { } usual ? $", {TimeLimit.Format(usual)} without --time" : "");

    // The lines before it are how it came to that.
    private static string LastLine(string? problem) => problem?.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it said nothing";
}
