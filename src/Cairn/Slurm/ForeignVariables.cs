using System.Collections;

namespace Cairn.Slurm;

/// <summary>
/// Slurm's variables of the job that this one was submitted from: sbatch hands on the whole environment, and Slurm overwrites only what it sets for
/// this job. By them a plain job would be taken for an element of another's array, and that element would be requeued in its place.
/// </summary>
internal static class ForeignVariables
{
    private const string Array = "SLURM_ARRAY_";
    private const string Het = "SLURM_JOB_ID_HET_GROUP_";
    private const string Step = "SLURM_STEP";
    private const string Restarts = "SLURM_RESTART_COUNT";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Their names. Slurm is asked where there may be any.</summary>
    public static IReadOnlyList<string> Find(TimeProvider time)
    {
        var (job, wrapped) = (Variable("SLURM_JOB_ID"), Variable(OuterWrapper.JobVariable));
        if (job is null || wrapped == job)
            return []; // the wrapper around this process has looked

        var names = new List<string>();
        if (Variable(Step + "_ID") is not null && LaunchedBy.SlurmInBatch())
            Add(Step);

        // The element that has the array's own number is surely one, and so is the leader of a heterogeneous job.
        var mayBeElement = Variable(Array + "JOB_ID") is { } array && array != job;
        var mayBeHet = Variable(Het + "0") is { } leader && leader != job;
        if ((mayBeElement || mayBeHet || names.Count > 0 || wrapped is not null) && Ask(job, time) is { } told)
        {
            if (mayBeElement && told.Of != "ArrayJobId")
                Add(Array);
            if (mayBeHet && told.Of != "HetJobId")
                Add(Het);
            if (told.IsFirstLife && Variable(Restarts) is not null)
                names.Add(Restarts);
        }

        return names;

        void Add(string kind)
        {
            foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            {
                if (variable.Key is string name && name.StartsWith(kind, StringComparison.Ordinal))
                    names.Add(name);
            }
        }
    }

    /// <summary>What is to be said of them.</summary>
    public static string InWords(IReadOnlyList<string> names) =>
        $"{string.Join(", ", names)}: of the job that this one was submitted from, and not believed";

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    // Null where Slurm does not say: then the variables are all that is known.
    private static (string Of, bool IsFirstLife)? Ask(string job, TimeProvider time)
    {
        if (new SlurmCommands(time, Patience).Show("job", job).Text is not { } text)
            return null;

        // JobId=80 JobName=..., JobId=80 ArrayJobId=77 ..., or JobId=80 HetJobId=79 ...
        var first = text.Split('\n')[0].Split(' ', 3);
        return first.Length > 1 && first[0] == "JobId=" + job ? (first[1].Split('=')[0], JobStatus.Parse(text, time.GetUtcNow()) is { Restarts: 0 }) : null;
    }
}
