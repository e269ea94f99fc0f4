namespace Cairn.Attempts;

/// <summary>May this process take over from the attempt before it? A pure decision, but for the questions that it asks.</summary>
internal static class PreviousAttempt
{
    /// <summary>Says who is in the way; null when nobody is.</summary>
    /// <param name="previous">The newest claim in the folder.</param>
    /// <param name="ended">Whether that attempt wrote its last line.</param>
    /// <param name="job">This job's id; null without Slurm.</param>
    /// <param name="restarts">How often this job was requeued.</param>
    /// <param name="isProcessRunning">Asks about a process; null when it is not this machine's to know.</param>
    /// <param name="isJobRunning">Asks Slurm about another job; null when it does not answer.</param>
    /// <param name="showsLife">Watches for the sign of life that an attempt gives where nobody can be asked.</param>
    public static string? Obstacle(
        AttemptStarted previous,
        bool ended,
        string? job,
        int restarts,
        Func<ProcessIdentity, bool?> isProcessRunning,
        Func<string, bool?> isJobRunning,
        Func<bool> showsLife)
    {
        if (job is not null && previous.Job is not null && job != previous.Job && ArrayOf(job) is { } array && array == ArrayOf(previous.Job))
            return $"it belongs to array element {previous.Job}, this is {job}; give each element a folder of its own";
        if (ended)
            return null;

        // The old processes of a failed node may live on while Slurm has begun the next attempt: that one goes on, they stop.
        if (job is not null && job == previous.Job && restarts != previous.Restarts)
            return null;
        var (pid, host) = (previous.Process.Pid, previous.Process.Host);
        if (previous.Job is not null && job != previous.Job && isJobRunning(previous.Job) is { } jobRuns)
            return jobRuns ? $"job {previous.Job} is still running there (attempt {previous.Attempt}, host {host})" : null;
        if (isProcessRunning(previous.Process) is { } processRuns)
            return processRuns ? $"process {pid} on {host} still runs there (attempt {previous.Attempt})" : null;
        return showsLife() ? $"process {pid} on {host} still gives signs of life there (attempt {previous.Attempt})" : null;
    }

    private static string? ArrayOf(string job) => job.IndexOf('_', StringComparison.Ordinal) is var at and > 0 ? job[..at] : null;
}
