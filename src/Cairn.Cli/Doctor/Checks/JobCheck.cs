namespace Cairn.Cli.Doctor.Checks;

/// <summary>The job: which, until when, and whether it may come back.</summary>
internal static class JobCheck
{
    public static IEnumerable<Diagnosis> Judge(Patient patient)
    {
        if (patient.Job is not { } facts)
            yield break;
        var job = facts.Job;
        var who = $"job {job.Id}{(job.Partition.Length > 0 ? $" in {job.Partition}" : "")}, {(job.Restarts == 0 ? "its first start" : $"requeued {job.Restarts} times so far")}";
        if (job.ArrayTask is { } task)
            who += $"; element {task} of an array: Slurm's commands take {job.Id}, and SLURM_JOB_ID may mean the whole array";
        yield return new("job", Verdict.Ok, who + ".");
        yield return facts.EndTime is { } end
            ? end > facts.Now
                ? new("end", Verdict.Ok, $"ends at {end.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, in {Duration.Words(end - facts.Now)}.")
                : new("end", Verdict.Note, $"its end was at {end.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC: it may be killed at any moment.")
            : new("end", Verdict.Note, patient.Cluster.Answers ? "no time limit." : "nobody says when it ends: scontrol does not answer, and no variable tells.");
        if (facts.Status is { Batch: false })
            yield return new("requeue", Verdict.Note, "an interactive allocation: it cannot be requeued.");
        else if (facts.Status is { Requeueable: false })
            yield return new("requeue", Verdict.Note, "the job may not be requeued as it was submitted. A run with Cairn switches that on.", $"By hand, while it runs: scontrol update jobid={job.Id} Requeue=1. In the script: #SBATCH --requeue.");
        else if (facts.Status is not null)
            yield return new("requeue", Verdict.Ok, "the job may be requeued.");
    }
}
