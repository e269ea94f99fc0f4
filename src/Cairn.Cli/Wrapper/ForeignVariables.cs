using System.Collections;
using System.Text;
using Cairn.Cli.Processes;
using Cairn.Slurm;

namespace Cairn.Cli.Wrapper;

/// <summary>
/// Slurm's variables of the job that this one was submitted from: sbatch hands on the whole environment, and Slurm overwrites only what it sets for
/// this job. By them a plain job would be taken for an element of another's array, and that element would be requeued in its place.
/// </summary>
internal static class ForeignVariables
{
    private const string Job = "SLURM_JOB_ID";
    private const string Array = "SLURM_ARRAY_";
    private const string Step = "SLURM_STEP";
    private const string Restarts = "SLURM_RESTART_COUNT";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Removes them from this process's environment, and says so.</summary>
    /// <returns>Their names.</returns>
    public static IReadOnlyList<string> Remove(TimeProvider time)
    {
        var (job, wrapped) = (Environment.GetEnvironmentVariable(Job), Environment.GetEnvironmentVariable(OuterWrapper.JobVariable));
        if (string.IsNullOrEmpty(job) || wrapped == job)
            return []; // the wrapper around this one has looked

        var names = new List<string>();
        var kinds = new List<string>();
        if (Environment.GetEnvironmentVariable("SLURM_STEP_ID") is not null && IsInBatchStep())
            Add(Step);

        // The element that has the array's own number is surely one.
        var mayBeForeign = Environment.GetEnvironmentVariable(Array + "JOB_ID") is { Length: > 0 } array && array != job;
        if ((mayBeForeign || names.Count > 0 || !string.IsNullOrEmpty(wrapped)) && Ask(job, time) is { } told)
        {
            if (mayBeForeign && !told.IsElement)
                Add(Array);
            if (told.IsFirstLife && Environment.GetEnvironmentVariable(Restarts) is not null)
                Add(Restarts);
        }

        foreach (var name in names)
            Environment.SetEnvironmentVariable(name, null);
        if (names.Count > 0)
            Words.Say($"{string.Join(" and ", kinds)}: of the job that job {job} was submitted from, not believed and not passed on");
        return names;

        void Add(string kind)
        {
            foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            {
                if (variable.Key is string name && name.StartsWith(kind, StringComparison.Ordinal))
                    names.Add(name);
            }

            kinds.Add(kind == Restarts ? kind : kind + "...");
        }
    }

    // What Slurm itself calls the process that all of a step's stem from: in a batch script no step's variables are its own.
    private static bool IsInBatchStep()
    {
        const string title = "slurmstepd: [";
        for (var entry = ProcessTable.Find(Environment.ProcessId); entry is { Parent: > 1 } child; entry = ProcessTable.Find(child.Parent))
        {
            try
            {
                var command = File.ReadAllText($"/proc/{child.Parent}/cmdline", Encoding.Latin1);
                if (command.StartsWith(title, StringComparison.Ordinal))
                    return command.Contains(".batch]", StringComparison.Ordinal);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }

        return false;
    }

    // Null where Slurm does not say: then the variables are all that is known.
    private static (bool IsElement, bool IsFirstLife)? Ask(string job, TimeProvider time)
    {
        if (new SlurmCommands(time, Patience).Show("job", job).Text is not { } text)
            return null;
        var first = text.Split('\n')[0].Split(' ');
        return first[0] == "JobId=" + job ? (first.Length > 1 && first[1].StartsWith("ArrayJobId=", StringComparison.Ordinal), JobStatus.Parse(text, time.GetUtcNow()) is { Restarts: 0 }) : null;
    }
}
