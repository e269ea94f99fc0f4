namespace Cairn.Slurm;

/// <summary>The contract with a wrapper around the program, such as <c>cairn run</c>. docs/run.md describes its variables.</summary>
internal static class OuterWrapper
{
    /// <summary>Who requeues: <see cref="Itself"/>, or else the program.</summary>
    public const string Variable = "CAIRN_REQUEUE";

    /// <summary>
    /// The wrapped job, by its SLURM_JOB_ID: that alone is always the job's own. A job that is submitted from inside of an element of an array inherits the
    /// variables that name the element.
    /// </summary>
    public const string JobVariable = "CAIRN_WRAPPED_JOB";

    public const string Itself = "wrapper";

    /// <summary>In <see cref="JobVariable"/>: the wrapper runs outside of every job. A job that is submitted from inside it is another one.</summary>
    public const string NoJob = "none";

    /// <summary>Whether what a wrapper has put into the environment is meant for this job: one that is submitted from inside another inherits it.</summary>
    public static bool IsMeant(Func<string, string?> variable, SlurmJob? job) =>
        job is null || variable(JobVariable) is not { Length: > 0 } wrapped || wrapped == NameOf(variable, job);

    /// <summary>What <see cref="JobVariable"/> holds for a job.</summary>
    public static string NameOf(Func<string, string?> variable, SlurmJob? job) => job is null ? NoJob : variable("SLURM_JOB_ID") ?? job.Id;

    /// <summary>
    /// Whether a wrapper around this process requeues the job. A job that is submitted from inside another one inherits that one's
    /// variables, and is not wrapped by its wrapper.
    /// </summary>
    public static bool Requeues(Func<string, string?> variable, SlurmJob? job) =>
        variable(Variable) == Itself && IsMeant(variable, job);
}
