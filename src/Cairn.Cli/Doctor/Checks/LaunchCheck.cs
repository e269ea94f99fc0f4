using Cairn.Cli.Doctor.Facts;

namespace Cairn.Cli.Doctor.Checks;

/// <summary>Who will hear the warning: a program that is started as this one was hears the same.</summary>
internal static class LaunchCheck
{
    private const string Unheard = "What trusts in signals is lost. A run with Cairn stops in time by the job's end all the same.";

    public static IEnumerable<Diagnosis> Judge(Patient patient)
    {
        if (patient.Job is { } job)
            yield return Judge(job.Form, ProcessTrackerCheck.IsCgroup(patient));
    }

    private static Diagnosis Judge(LaunchForm form, bool onlySlurmsOwn) => (form, onlySlurmsOwn) switch
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
}
