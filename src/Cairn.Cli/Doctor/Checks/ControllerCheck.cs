namespace Cairn.Cli.Doctor.Checks;

/// <summary>Is there a Slurm, does it answer, and which?</summary>
internal static class ControllerCheck
{
    private const string Needs = "Cairn asks scontrol why a job is stopped, and requeues by it";

    // The lines before it are how it came to that.
    private static string LastLine(string? problem) => problem?.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it said nothing";

    public static IEnumerable<Diagnosis> Judge(Patient patient)
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
}
