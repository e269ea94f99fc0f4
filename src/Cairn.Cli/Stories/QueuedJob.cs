using System.Globalization;

namespace Cairn.Cli.Stories;

/// <summary>A job as squeue tells of it.</summary>
/// <param name="Id">Its id; of an array's element <c>ARRAY_TASK</c>, of those that wait together <c>ARRAY_[TASKS]</c>.</param>
/// <param name="State">PENDING, RUNNING, ...</param>
/// <param name="Reason">Why it is in that state.</param>
/// <param name="Start">When it was started, or is expected to be.</param>
/// <param name="End">When it ends at the latest, or ended.</param>
/// <param name="WorkFolder">Where it runs.</param>
internal sealed record QueuedJob(string Id, string State, string Reason, DateTimeOffset? Start, DateTimeOffset? End, string WorkFolder)
{
    public bool IsWaiting => State is "PENDING" or "REQUEUED" or "REQUEUE_HOLD" or "SPECIAL_EXIT";

    public bool IsRunning => State is "RUNNING" or "COMPLETING" or "CONFIGURING" or "SUSPENDED" or "STOPPED";

    /// <summary>It has ended, and not as it was meant to.</summary>
    public bool HasFailed => !IsWaiting && !IsRunning && State is not ("COMPLETED" or "CANCELLED");

    private static readonly Dictionary<string, string> Variables = new(StringComparer.Ordinal) { ["SLURM_TIME_FORMAT"] = "%s", ["LC_ALL"] = "C" };

    /// <summary>Asks for the user's jobs, or for one that may have ended a moment ago.</summary>
    /// <param name="job">The job; null for all that the user has in the queue.</param>
    /// <returns>The jobs, and why they are not known; null where they are.</returns>
    public static (IReadOnlyList<QueuedJob> Jobs, string? Problem) Ask(string? job)
    {
        string[] which = job is null ? ["--me"] : ["-j", job, "-t", "all"];
        var answer = SlurmProgram.Run("squeue", [.. which, "-h", "-o", "%i|%T|%S|%e|%r|%Z"], Variables, TimeSpan.FromSeconds(10));
        if (answer.Code != 0)
            return ([], answer.IsMissing ? "there is no squeue here" : answer.Errors);
        return (Parse(answer.Output), null);
    }

    /// <summary>Reads its lines; one of another form is passed over.</summary>
    public static IReadOnlyList<QueuedJob> Parse(string output)
    {
        List<QueuedJob> jobs = [];
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // The folder comes last: it may have anything in its name.
            var words = line.Split('|', 6);
            if (words.Length == 6)
                jobs.Add(new(words[0], words[1], words[4], Time(words[2]), Time(words[3]), words[5]));
        }

        return jobs;
    }

    private static DateTimeOffset? Time(string word) =>
        long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 253402300799 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
}
