using System.Globalization;

namespace Cairn.Slurm;

/// <summary>What <c>scontrol show job</c> says of a job, as far as Cairn asks.</summary>
/// <param name="AskedAt">When the question was put, by the wall clock.</param>
/// <param name="State">PENDING, RUNNING, COMPLETING, CANCELLED, TIMEOUT, ...</param>
/// <param name="Reason">Why it is in that state; <c>None</c> when there is none.</param>
/// <param name="Restarts">How often it was requeued.</param>
/// <param name="Requeueable">Whether Slurm may requeue it; false after <c>--no-requeue</c> and by JobRequeue=0.</param>
/// <param name="Batch">Whether it came from a batch script; false for an interactive allocation, which cannot be requeued.</param>
/// <param name="StartTime">When it started.</param>
/// <param name="EndTime">When it ends or ended.</param>
/// <param name="PreemptTime">When its preemption began.</param>
/// <param name="ShellDiedOf">The number of the signal that ended its batch shell; 0 when none did.</param>
internal sealed record JobStatus(
    DateTimeOffset AskedAt,
    string State,
    string Reason = "None",
    int Restarts = 0,
    bool Requeueable = true,
    bool Batch = true,
    DateTimeOffset? StartTime = null,
    DateTimeOffset? EndTime = null,
    DateTimeOffset? PreemptTime = null,
    int ShellDiedOf = 0)
{
    /// <summary>
    /// When the question was put, by the clock that never jumps (<see cref="TimeProvider.GetTimestamp"/>): the answer cannot
    /// know of anything later.
    /// </summary>
    public long AskedOn { get; init; }

    private static readonly string[] Keys = ["JobState", "Reason", "Restarts", "Requeue", "BatchFlag", "ExitCode", "SubmitTime", "EligibleTime", "StartTime", "EndTime", "PreemptTime", "SuspendTime"];

    /// <summary>When it was put into the queue, this time.</summary>
    public DateTimeOffset? SubmitTime { get; init; }

    /// <summary>From when on it could be started.</summary>
    public DateTimeOffset? EligibleTime { get; init; }

    /// <summary>How it stands, in Slurm's words.</summary>
    public string Words => $"{State}{(Reason is "None" or "" ? "" : $", {Reason}")}{(PreemptTime is null ? "" : ", being preempted")}";

    /// <summary>Whether processes of it may be alive.</summary>
    public bool MayBeAlive => GoesOn || State == "COMPLETING";

    /// <summary>Whether it is at work, or only held up: nothing has begun to end it.</summary>
    public bool GoesOn => State is "RUNNING" or "SUSPENDED" or "STOPPED" or "CONFIGURING" or "RESIZING" or "SIGNALING" or "STAGE_OUT";

    /// <summary>Whether it waits in the queue, to be started again.</summary>
    public bool IsQueued => State is "PENDING" or "REQUEUED" or "REQUEUE_HOLD" or "REQUEUE_FED" or "SPECIAL_EXIT";

    /// <summary>The same by this machine's clock.</summary>
    /// <param name="ahead">How far the controller's clock is ahead of it.</param>
    public JobStatus ByThisClock(TimeSpan ahead) => ahead == TimeSpan.Zero ? this : this with
    {
        SubmitTime = SubmitTime - ahead,
        EligibleTime = EligibleTime - ahead,
        StartTime = StartTime - ahead,
        EndTime = EndTime - ahead,
        PreemptTime = PreemptTime - ahead,
    };

    /// <summary>Parses the command's text, with times in unix seconds (SLURM_TIME_FORMAT=%s).</summary>
    /// <param name="text">The text.</param>
    /// <param name="askedAt">When the command was started.</param>
    /// <returns>The status; null when the text is none.</returns>
    /// <remarks>
    /// The text is words of the form Key=Value. Values such as a command or a job's name can hold blanks and equal signs, also
    /// <c>JobState=</c>: so a key counts only where Slurm puts it, the first word of a line, or for the few that stand in
    /// mid-line the one place after their neighbour.
    /// </remarks>
    public static JobStatus? Parse(string text, DateTimeOffset askedAt = default)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            // What a user chose stands alone on its line, or at its end; none of the keys below shares a line with it.
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0].StartsWith("JobId=", StringComparison.Ordinal) || !StartsWithKey(words[0]))
                continue;
            foreach (var word in words)
            {
                var at = word.IndexOf('=', StringComparison.Ordinal);
                if (at > 0 && Array.IndexOf(Keys, word[..at]) >= 0)
                    values.TryAdd(word[..at], word[(at + 1)..]);
            }
        }

        if (!values.TryGetValue("JobState", out var state))
            return null;
        return new JobStatus(
            askedAt,
            state,
            values.GetValueOrDefault("Reason", "None"),
            int.TryParse(values.GetValueOrDefault("Restarts"), NumberStyles.None, CultureInfo.InvariantCulture, out var restarts) ? restarts : 0,
            values.GetValueOrDefault("Requeue") != "0",
            values.GetValueOrDefault("BatchFlag") != "0",
            Time("StartTime"),
            Time("EndTime"),
            Time("PreemptTime"),
            values.GetValueOrDefault("ExitCode")?.Split(':') is [_, var signal] && int.TryParse(signal, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)
        {
            SubmitTime = Time("SubmitTime"),
            EligibleTime = Time("EligibleTime"),
        };

        DateTimeOffset? Time(string key) =>
            long.TryParse(values.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 253402300799
                ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                : null;
    }

    // The lines that hold the keys begin with these.
    private static bool StartsWithKey(string word) =>
        word.StartsWith("JobState=", StringComparison.Ordinal)
        || word.StartsWith("Requeue=", StringComparison.Ordinal)
        || word.StartsWith("SubmitTime=", StringComparison.Ordinal)
        || word.StartsWith("StartTime=", StringComparison.Ordinal)
        || word.StartsWith("PreemptEligibleTime=", StringComparison.Ordinal)
        || word.StartsWith("PreemptTime=", StringComparison.Ordinal)
        || word.StartsWith("SuspendTime=", StringComparison.Ordinal);
}
