using System.Globalization;
using System.Text.Json;
using Cairn.Posix;

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

    /// <summary>A folder for files by which the program tells the wrapper what is to follow.</summary>
    public const string SaysVariable = "CAIRN_SAYS_DIR";

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

    /// <summary>Tells the wrapper by a file what is to follow: launchers in between make 1 of every exit code.</summary>
    /// <param name="variable">The environment.</param>
    /// <param name="decision">What is decided: another start, or none.</param>
    /// <param name="step">The step that is saved; 0 for none.</param>
    /// <param name="rank">Who tells.</param>
    /// <returns>Whether it is told.</returns>
    /// <exception cref="IOException">It cannot be.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public static bool Tell(Func<string, string?> variable, StopDecision decision, long step, int rank)
    {
        if (variable(SaysVariable) is not { Length: > 0 } folder)
            return false;
        var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}.json"));
        var attempt = int.TryParse(variable("CAIRN_ATTEMPT"), NumberStyles.None, CultureInfo.InvariantCulture, out var told) ? told : 1;
        using (var file = new FileStream(path + ".new", FileMode.Create, FileAccess.Write))
        {
            using (var json = new Utf8JsonWriter(file))
            {
                json.WriteStartObject();
                json.WriteString("says", decision.Action == StopAction.ExitForWrapper ? "stopped" : "never");
                json.WriteNumber("attempt", attempt);
                json.WriteNumber("rank", rank);
                if (step > 0)
                    json.WriteNumber("step", step);
                if (decision.Action != StopAction.ExitForWrapper)
                    json.WriteString("why", decision.Reason);
                json.WriteEndObject();
            }

            PosixFile.Sync(file);
        }

        PosixDirectory.Rename(path + ".new", path);
        PosixDirectory.SyncPath(folder);
        return true;
    }
}
