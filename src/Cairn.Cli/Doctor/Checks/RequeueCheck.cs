namespace Cairn.Cli.Doctor.Checks;

/// <summary>JobRequeue: may jobs be put back that did not ask for it?</summary>
internal static class RequeueCheck
{
    public static IEnumerable<Diagnosis> Judge(Patient patient)
    {
        if (patient.Cluster.Number("JobRequeue") is not { } requeue)
            yield break;
        yield return requeue == 1
            ? new("JobRequeue", Verdict.Ok, "1: jobs may be requeued unless they forbid it.")
            : new("JobRequeue", Verdict.Note, "0: only a job that asks for it may be requeued. Cairn switches it on from inside a running job.", "#SBATCH --requeue; without it the job is also lost when its node fails.");
    }
}
