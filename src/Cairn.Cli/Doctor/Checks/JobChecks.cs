using Cairn.Cli.Doctor.Facts;
using Cairn.Interruptions.Signals;
using Cairn.Posix;

namespace Cairn.Cli.Doctor.Checks;

/// <summary>The job that this runs in, and what a program hears that is started here.</summary>
internal static class JobChecks
{
    private const string Unheard = "What trusts in signals is lost. A run with Cairn stops in time by the job's end all the same.";
    private static readonly int[] Wanted = [SignalName.Usr1, SignalName.Usr2, SignalName.Term, SignalName.Int];

    /// <summary>The job: which, until when, and whether it may come back.</summary>
    public static IEnumerable<Diagnosis> Job(Patient patient)
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

    /// <summary>Who will hear the warning: a program that is started as this one was hears the same.</summary>
    public static IEnumerable<Diagnosis> Launch(Patient patient)
    {
        if (patient.Job is { } job)
            yield return Hears(job.Form, ClusterChecks.IsCgroup(patient));
    }

    private static Diagnosis Hears(LaunchForm form, bool onlySlurmsOwn) => (form, onlySlurmsOwn) switch
    {
        (LaunchForm.Task, _) => new(
            "who hears", Verdict.Ok, "a task of srun: a program started like this hears --signal=USR2@..., TERM at the limit, and TERM when a preemption begins."),
        (LaunchForm.BatchStep, _) => new(
            "who hears", Verdict.Note, "in the batch shell's place (exec): a program started like this hears --signal=B:USR2@... and TERM at the limit; nothing when a preemption begins, and no --signal without B:.", "srun before the program hears all three."),
        (LaunchForm.Child, true) => new(
            "who hears", Verdict.Warning, $"a child of the batch shell: a program started like this hears nothing, no warning and no TERM, and is killed at the limit. {Unheard}", "Put srun before the program; or exec, and B: into --signal."),
        (LaunchForm.TaskChild, true) => new(
            "who hears", Verdict.Warning, $"a child of a task: a program started like this hears nothing unless the task forwards it. {Unheard}", "Let srun start the program itself, or exec it."),
        (LaunchForm.Child, false) => new(
            "who hears", Verdict.Note, "a child of the batch shell: a program started like this hears TERM at the limit on this cluster, and no warning before.", "Put srun before the program."),
        _ => new(
            "who hears", Verdict.Note, "a child of a task: a program started like this hears --signal=USR2@... on this cluster, and nothing on most others.", "Let srun start the program itself, or exec it."),
    };

    /// <summary>What this process inherited ignored or blocked, whatever is started beside it inherits too.</summary>
    public static IEnumerable<Diagnosis> Signals(Patient patient)
    {
        var (signals, found) = (patient.Signals, false);
        if (Names(signals.IsIgnored) is { Length: > 0 } ignored)
        {
            found = true;

            // A shell ignores INT for what it starts in the background.
            yield return ignored == "INT"
                ? new("signals", Verdict.Note, "INT is inherited ignored, as shells do for what runs in the background: Ctrl-C does not stop it.")
                : new("signals", Verdict.Warning, $"{ignored} inherited ignored: bash never hears it, and many programs neither. A run with Cairn listens all the same.", "Look for trap '' in the script, or nohup, above this.");
        }

        if (Names(signals.IsBlocked) is { Length: > 0 } blocked)
        {
            found = true;
            yield return new("signals", Verdict.Warning, $"{blocked} inherited blocked: a handler in Python or C never runs, the signal waits for ever. A run with Cairn reads it all the same.", "Start the program without what blocks it.");
        }

        if (!found)
            yield return new("signals", Verdict.Ok, "USR1, USR2, TERM and INT are neither ignored nor blocked.");
    }

    private static string Names(Predicate<int> holds) => string.Join(", ", Wanted.Where(signal => holds(signal)).Select(SignalName.Of));
}
